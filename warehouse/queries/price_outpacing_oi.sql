-- When did the price rise more than three times as fast as open interest, over a day and over a week?
--
-- One row per bar on which this held for the 24 hours up to the bar, newest first. is_outpacing_7d: whether it also
-- held over the week (NULL: the growth of the week is not known). Growth of OI is in contracts; a falling OI counts
-- as a growth of zero here.
--
-- Not for: telling leverage from closed shorts. Both cause such rows; oi_growth_24h_ratio below zero suggests closed
-- shorts.
with

    parameters as (

        select
            'exchanges' as source,  -- change here
            'BTC' as asset,  -- change here
            '1h' as timeframe  -- change here

    )

select
    day.source,
    day.asset,
    day.event_at,
    day.price_growth_ratio as price_growth_24h_ratio,
    day.oi_growth_ratio as oi_growth_24h_ratio,
    day.price_to_oi_growth_ratio as price_to_oi_growth_24h_ratio,
    day.quadrant as quadrant_24h,
    week.price_growth_ratio as price_growth_7d_ratio,
    week.oi_growth_ratio as oi_growth_7d_ratio,
    week.is_price_outpacing_oi as is_outpacing_7d
from marts.fct_oi_price_growth as day
inner join
    parameters
    on day.source = parameters.source
    and day.asset = parameters.asset
    and day.timeframe = parameters.timeframe
left join
    marts.fct_oi_price_growth as week
    on day.source = week.source
    and day.asset = week.asset
    and day.timeframe = week.timeframe
    and day.event_at = week.event_at
    and week.lookback = '7d'
where day.lookback = '24h' and day.is_price_outpacing_oi
order by day.event_at desc
