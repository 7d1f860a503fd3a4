with

    rows_per_cascade as (

        select cascade.cascade_id, count(stabilization.horizon_hours) as horizon_count
        from {{ ref("fct_liquidation_cascade") }} as cascade
        left join
            {{ ref("fct_post_liquidation_stabilization") }} as stabilization
            on cascade.cascade_id = stabilization.cascade_id
        group by cascade.cascade_id

    )

select cascade_id, 'horizons missing' as problem
from rows_per_cascade
where horizon_count <> {{ cascade_horizons() | length }}

union all

select cascade_id, 'verdict and measures disagree' as problem
from {{ ref("fct_post_liquidation_stabilization") }}
where
    known_at < event_at + to_hours(horizon_hours)
    or (verdict in ('pending', 'missing_input')) <> (stabilization_ratio is null)
    or drawdown_ratio > change_from_before_ratio + {{ threshold_literal("sum_rounding") }}
