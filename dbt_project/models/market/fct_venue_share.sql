with

    shares as (

        select
            -- One number joins faster than four names.
            hash(venue.source, venue.asset, venue.venue, venue.timeframe) as series_key,
            venue.source,
            venue.asset,
            venue.venue,
            venue.timeframe,
            venue.event_at,
            venue.oi_base,
            venue.oi_usd,
            -- False where the venue was absent a day ago, or where its methodology changed since then.
            venue.previous_24h_base is not null as is_linked_24h,
            venue.oi_usd / nullif(market.oi_usd, 0) as oi_share_ratio,
            market.concentration_ratio
        from {{ ref("fct_venue_open_interest") }} as venue
        inner join
            {{ ref("fct_market_open_interest") }} as market
            on venue.source = market.source
            and venue.asset = market.asset
            and venue.timeframe = market.timeframe
            and venue.event_at = market.event_at
        where
            {{ changed("venue.event_at", window="day_change") }}
            and {{ changed("market.event_at", window="day_change") }}

    )

select
    shares.source,
    shares.asset,
    shares.venue,
    shares.timeframe,
    shares.event_at,
    shares.oi_base,
    shares.oi_usd,
    shares.oi_share_ratio,
    case
        when shares.is_linked_24h then shares.oi_share_ratio - a_day_ago.oi_share_ratio
    end as oi_share_change_24h_ratio,
    shares.concentration_ratio
from shares
left join
    shares as a_day_ago
    on shares.series_key = a_day_ago.series_key
    and shares.event_at = a_day_ago.event_at + interval {{ window_days("day_change") }} day
where {{ changed("shares.event_at") }}
