-- When did open interest move unusually fast?
--
-- One row per bar whose growth is more than two standard deviations from the 30 days before it, newest first.
-- velocity_zscore: (growth - mean) / standard deviation of the bars before, this bar excluded.
-- velocity_robust_zscore: the same with median and 1.4826 x MAD (median absolute deviation), which a single crash in
-- the 30 days hardly changes.
-- quadrant_24h: directions of price and OI in the 24 hours up to the bar; oi_against_price.sql lists the values.
--
-- Not for: the direction of the price. An extreme shows only that positions are opened or closed fast. Even in a calm
-- market about one bar of twenty is extreme.
with

    parameters as (

        select
            'exchanges' as source,  -- change here
            'BTC' as asset,  -- change here
            '1h' as timeframe  -- change here

    )

select
    velocity.source,
    velocity.asset,
    velocity.event_at,
    velocity.oi_growth_ratio,
    velocity.oi_growth_mean_ratio,
    velocity.oi_growth_stddev_ratio,
    velocity.velocity_zscore,
    velocity.velocity_robust_zscore,
    velocity.window_coverage_ratio,
    growth.price_growth_ratio as price_growth_24h_ratio,
    growth.quadrant as quadrant_24h
from marts.fct_oi_velocity as velocity
inner join
    parameters
    on velocity.source = parameters.source
    and velocity.asset = parameters.asset
    and velocity.timeframe = parameters.timeframe
left join
    marts.fct_oi_price_growth as growth
    on velocity.source = growth.source
    and velocity.asset = growth.asset
    and velocity.timeframe = growth.timeframe
    and velocity.event_at = growth.event_at
    and growth.lookback = '24h'
where velocity.is_extreme
order by velocity.event_at desc
