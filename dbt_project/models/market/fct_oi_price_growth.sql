with

    prices as ({{ prices_at_bars(window="growth") }}),

    growth as (

        {% for lookback in lookbacks() %}
            select
                market.source,
                market.asset,
                market.timeframe,
                market.event_at,
                '{{ lookback.name }}' as lookback,
                market.oi_growth_{{ lookback.name }}_ratio as oi_growth_ratio,
                market.growth_basis,
                price.reference_price_usd / nullif(price_before.reference_price_usd, 0) - 1 as price_growth_ratio
            from {{ ref("fct_market_open_interest") }} as market
            left join
                prices as price
                on market.source = price.source
                and market.asset = price.asset
                and market.timeframe = price.timeframe
                and market.event_at = price.event_at
            left join
                prices as price_before
                on market.source = price_before.source
                and market.asset = price_before.asset
                and market.timeframe = price_before.timeframe
                and market.event_at = price_before.event_at + to_seconds({{ lookback.seconds }})
            where
                {{ changed("market.event_at") }}
                and {{ timeframe_seconds("market.timeframe") }} <= {{ lookback.seconds }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select
    source,
    asset,
    timeframe,
    event_at,
    lookback,
    oi_growth_ratio,
    case when oi_growth_ratio is not null then growth_basis end as growth_basis,
    price_growth_ratio,
    case
        when abs(oi_growth_ratio) >= {{ threshold_literal("smallest_oi_growth") }}
        then price_growth_ratio / oi_growth_ratio
    end as price_to_oi_growth_ratio,
    -- greatest() ignores NULL, so a missing growth would count as 0 without this case.
    case
        when oi_growth_ratio is not null
        then
            price_growth_ratio > 0
            and price_growth_ratio > {{ threshold("price_outpacing_oi_multiple") }} * greatest(oi_growth_ratio, 0)
    end as is_price_outpacing_oi,
    case
        when oi_growth_ratio is null or price_growth_ratio is null
        then null
        when
            abs(oi_growth_ratio) <= {{ threshold("flat_change") }}
            or abs(price_growth_ratio) <= {{ threshold("flat_change") }}
        then 'flat'
        when price_growth_ratio > 0 and oi_growth_ratio > 0
        then 'new_longs'
        when price_growth_ratio > 0
        then 'short_covering'
        when oi_growth_ratio > 0
        then 'new_shorts'
        else 'long_unwinding'
    end as quadrant,
    case when oi_growth_ratio is null or price_growth_ratio is null then 'missing_input' else 'ok' end as growth_status
from growth
