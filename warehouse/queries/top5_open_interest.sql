-- How large is the market on its five largest venues, and which venues are these?
--
-- One row per day. oi_usd: all venues of the source, each contract counted once. oi_top5_usd: those of the five venues
-- with the largest mean over the 30 days before that the bar has. top5_venue_count: how many they are; with fewer than
-- five the number is not a total of five venues. top5_share_ratio: oi_top5_usd over oi_usd. top_venues_at: the midnight
-- of the ranking. coverage_ratio: part of the usual total (30-day means) that belongs to the venues present in the bar.
--
-- Not for: adding sources (they contain the same contracts). If venue_count fell too, a fall of oi_usd need not mean
-- closed positions. A fall in USD may come from the price alone: look at coins for positions.
with

    parameters as (

        select
            'exchanges' as source,  -- change here
            'BTC' as asset  -- change here

    ),

    top5 as (

        select source, asset, valid_from, valid_to, string_agg(venue, ', ' order by venue_rank) as top5_venues
        from marts.dim_top_venue
        where is_top5
        group by source, asset, valid_from, valid_to

    )

select
    market.source,
    market.asset,
    market.event_at,
    market.oi_base,
    market.oi_usd,
    market.oi_top5_usd,
    market.top5_venue_count,
    market.oi_top5_usd / nullif(market.oi_usd, 0) as top5_share_ratio,
    top5.top5_venues,
    market.top_venues_at,
    market.venue_count,
    market.coverage_ratio
from marts.fct_market_open_interest as market
inner join parameters on market.source = parameters.source and market.asset = parameters.asset
left join
    top5
    on market.source = top5.source
    and market.asset = top5.asset
    and market.event_at >= top5.valid_from
    and market.event_at < top5.valid_to
where market.timeframe = '1d'
order by market.event_at desc
