-- One row per source, asset, timeframe and bar on which open interest fell, and the price moved, by more than three
-- standard deviations. It replaces liquidation data where feeds are missing or sampled.
with

    drops as (

        select source, asset, timeframe, event_at, velocity_zscore
        from {{ ref("fct_oi_velocity") }}
        where
            velocity_zscore < {{ threshold("cascade_oi_drop_zscore") }}
            and timeframe <> '1d'
            and {{ changed("event_at") }}

    ),

    -- Mean and deviation of the price moves before each drop.
    moves as (

        select
            drops.source,
            drops.asset,
            drops.timeframe,
            drops.event_at,
            drops.velocity_zscore,
            avg(before.price_growth_ratio) as growth_mean,
            stddev_samp(before.price_growth_ratio) as growth_stddev,
            {{
                is_covered(
                    "cascade_price_move",
                    "count(before.price_growth_ratio)",
                    "any_value(" ~ timeframe_seconds("drops.timeframe") ~ ")",
                )
            }} as is_covered
        from drops
        inner join
            {{ ref("int_price__growth") }} as before
            on drops.source = before.source
            and drops.asset = before.asset
            and drops.timeframe = before.timeframe
            and before.event_at < drops.event_at
            and before.event_at >= drops.event_at - interval {{ window_days("cascade_price_move") }} day
        group by drops.source, drops.asset, drops.timeframe, drops.event_at, drops.velocity_zscore

    )

select
    moves.source,
    moves.asset,
    moves.timeframe,
    moves.event_at,
    moves.velocity_zscore,
    growth.price_growth_ratio,
    (growth.price_growth_ratio - moves.growth_mean) / nullif(moves.growth_stddev, 0) as price_zscore
from moves
inner join
    {{ ref("int_price__growth") }} as growth
    on moves.source = growth.source
    and moves.asset = growth.asset
    and moves.timeframe = growth.timeframe
    and moves.event_at = growth.event_at
where
    moves.is_covered
    and abs(growth.price_growth_ratio - moves.growth_mean)
    > {{ threshold("cascade_price_move_zscore") }} * moves.growth_stddev
