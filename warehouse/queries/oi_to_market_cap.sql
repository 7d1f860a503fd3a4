-- How large is open interest against the market cap of the asset?
--
-- One row per asset and day of one source, newest first. oi_to_market_cap_ratio: open interest over circulating supply
-- x price. oi_to_market_cap_percentile_365d_ratio: share of the bars of the year before with a lower ratio; NULL
-- (percentile_status warmup) until 70 % of a year is present. is_extreme: above the asset's threshold.
-- supply_age_hours: age of the supply.
--
-- Not for: comparing sources. A source with fewer venues shows a smaller ratio of the same market.
with

    parameters as (

        select 'exchanges' as source  -- change here

    )

select
    ratio.source,
    ratio.asset,
    ratio.event_at,
    ratio.oi_usd,
    ratio.market_cap_usd,
    ratio.oi_to_market_cap_ratio,
    ratio.oi_to_market_cap_percentile_365d_ratio,
    ratio.percentile_status,
    ratio.is_extreme,
    ratio.supply_base,
    ratio.supply_source,
    ratio.supply_age_hours
from marts.fct_oi_to_market_cap as ratio
inner join parameters on ratio.source = parameters.source
where ratio.timeframe = '1d'
order by ratio.event_at desc, ratio.asset
