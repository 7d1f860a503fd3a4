-- How much of the market is margined in the coin itself?
--
-- One row per asset and day, newest first. inverse_share_ratio: part of open interest (USD) in contracts that are
-- settled in the coin. Their margin falls together with the price, so longs are liquidated sooner. All values are
-- NULL for vendors' venue totals, which contain both kinds.
--
-- Not for: a source that collects no inverse instruments. Its 0 means that no inverse contract was collected, not that
-- there are none.
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
