with

    velocities as (

        {% for model in ["fct_oi_velocity", "fct_venue_oi_velocity"] %}
            select
                source,
                asset,
                timeframe,
                event_at,
                oi_growth_ratio,
                velocity_status,
                velocity_zscore,
                velocity_robust_zscore,
                is_extreme
            from {{ tested(ref(model)) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select *
from velocities
where
    (velocity_zscore is not null) <> (velocity_status = 'ok')
    or (oi_growth_ratio is null) <> (velocity_status in ('missing_input', 'suspended'))
    or (velocity_robust_zscore is not null and oi_growth_ratio is null)
    or is_extreme <> coalesce(abs(velocity_zscore) > {{ threshold("velocity_extreme_zscore") }}, false)
