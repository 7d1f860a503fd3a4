-- Does the price move while positions are opened, or while they are closed?
--
-- One row per asset and lookback (1h, 4h, 24h, 7d) of the newest bar. oi_growth_ratio: of contracts, over
-- the instruments that were present at both ends. price_to_oi_growth_ratio: price growth over OI growth, NULL if OI
-- hardly moved.
-- quadrant: new_longs (price up, OI up), short_covering (up, down), new_shorts (down, up), long_unwinding (down,
-- down), flat. growth_status gives the reason for a missing number.
--
-- Not for: forecasts. A quadrant describes what has happened, and every long has a short on its other side.
with

    parameters as (

        select
            'exchanges' as source,  -- change here
            '1h' as timeframe  -- change here

    ),

    newest as (

        select growth.asset, max(growth.event_at) as event_at
        from marts.fct_oi_price_growth as growth
        inner join parameters on growth.source = parameters.source and growth.timeframe = parameters.timeframe
        group by growth.asset

    )

select
    growth.source,
    growth.asset,
    growth.event_at,
    growth.lookback,
    growth.oi_growth_ratio,
    growth.price_growth_ratio,
    growth.price_to_oi_growth_ratio,
    growth.is_price_outpacing_oi,
    growth.quadrant,
    growth.growth_status
from marts.fct_oi_price_growth as growth
inner join parameters on growth.source = parameters.source and growth.timeframe = parameters.timeframe
inner join newest on growth.asset = newest.asset and growth.event_at = newest.event_at
order by growth.asset, case growth.lookback when '1h' then 1 when '4h' then 2 when '24h' then 3 else 4 end
