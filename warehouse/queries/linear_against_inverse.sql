-- How much of the market is margined in the coin itself?
--
-- One row per asset and day, newest first. inverse_share_ratio: the part of open interest (USD) in contracts that
-- are settled in the coin; their margin falls together with the price, so that longs are liquidated sooner. All
-- NULL for vendors' venue totals, which hold both.
--
-- Not for: a source that collects no inverse instruments: it shows 0, which says what was collected.
with

    parameters as (

        select 'exchanges' as source  -- change here

    )

select
    market.source,
    market.asset,
    market.event_at,
    market.oi_usd,
    market.linear_oi_usd,
    market.inverse_oi_usd,
    market.inverse_oi_usd / nullif(market.oi_usd, 0) as inverse_share_ratio,
    market.linear_oi_base,
    market.inverse_oi_base
from marts.fct_market_open_interest as market
inner join parameters on market.source = parameters.source
where market.timeframe = '1d'
order by market.event_at desc, market.asset
