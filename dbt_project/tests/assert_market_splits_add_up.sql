with

    parts as (

        {% for unit in ["base", "usd"] %}
            {% for first, second in [("perpetual", "dated"), ("linear", "inverse")] %}
                select
                    source,
                    asset,
                    timeframe,
                    event_at,
                    oi_{{ unit }} as whole,
                    {{ first }}_oi_{{ unit }} as first_part,
                    {{ second }}_oi_{{ unit }} as second_part
                from {{ tested(ref("fct_market_open_interest")) }}
                {% if not loop.last %}
                    union all
                {% endif %}
            {% endfor %}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select *
from parts
where
    abs(first_part + second_part - whole) > {{ threshold_literal("sum_rounding") }} * whole
    or least(first_part, second_part) < -{{ threshold_literal("sum_rounding") }} * whole
    or (whole is not null and (first_part is null) <> (second_part is null))
