with

    venues as (

        select
            source, asset, timeframe, event_at, sum(oi_base) as oi_base, sum(oi_usd) as oi_usd, count(*) as venue_count
        from {{ tested(ref("fct_venue_share")) }}
        group by source, asset, timeframe, event_at

    )

select
    market.source,
    market.asset,
    market.timeframe,
    market.event_at,
    market.oi_base,
    venues.oi_base as venues_oi_base,
    market.venue_count,
    venues.venue_count as venues_venue_count
from {{ tested(ref("fct_market_open_interest")) }} as market
full join
    venues
    on market.source = venues.source
    and market.asset = venues.asset
    and market.timeframe = venues.timeframe
    and market.event_at = venues.event_at
where
    abs(market.oi_base - venues.oi_base) > {{ threshold_literal("sum_rounding") }} * market.oi_base
    or (market.oi_base is null) <> (venues.oi_base is null)
    or abs(market.oi_usd - venues.oi_usd) > {{ threshold_literal("sum_rounding") }} * market.oi_usd
    or (market.oi_usd is null) <> (venues.oi_usd is null)
    or market.venue_count is distinct from venues.venue_count
