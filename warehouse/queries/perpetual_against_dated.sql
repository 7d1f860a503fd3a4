-- How much of the market never expires?
--
-- One row per asset and day, newest first. dated_share_ratio: part of open interest (USD) in contracts with an
-- expiry. All values are NULL for vendors' venue totals, which contain perpetual and dated contracts together.
--
-- Not for: reading a fall of dated_oi_usd on an expiry day as liquidation, because it is scheduled. A source without
-- dated instruments has 0, because no dated contract was collected.
with

    parameters as (

        select 'exchanges' as source  -- change here

    )

select
    market.source,
    market.asset,
    market.event_at,
    market.oi_usd,
    market.perpetual_oi_usd,
    market.dated_oi_usd,
    market.dated_oi_usd / nullif(market.oi_usd, 0) as dated_share_ratio,
    market.perpetual_oi_base,
    market.dated_oi_base
from marts.fct_market_open_interest as market
inner join parameters on market.source = parameters.source
where market.timeframe = '1d'
order by market.event_at desc, market.asset
