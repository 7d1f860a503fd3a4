{%- set horizons = outcome_horizons() %}
with

    growth as (

        {% for lookback in lookbacks() if lookback.seconds // 3600 in horizons %}
            select
                growth.source,
                growth.asset,
                growth.timeframe,
                growth.event_at as known_at,
                {{ lookback.seconds // 3600 }} as horizon_hours,
                growth.price_growth_ratio,
                growth.event_at - to_seconds({{ lookback.seconds }}) >= first.first_event_at as is_after_first_bar
            from {{ tested(ref("fct_oi_price_growth")) }} as growth
            inner join
                ({{ first_bars() }}) as first
                on growth.source = first.source
                and growth.asset = first.asset
                and growth.timeframe = first.timeframe
            where growth.lookback = '{{ lookback.name }}'
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select growth.*, outcome.forward_return_ratio
from growth
left join {{ tested(ref("fct_bar_outcome")) }} as outcome using (source, asset, timeframe, known_at, horizon_hours)
where growth.is_after_first_bar and growth.price_growth_ratio is distinct from outcome.forward_return_ratio
