-- One row per source, asset, timeframe, signal, version and bar on which a condition holds that is on the growth of open
-- interest against price, on velocity or on market cap.
with

growth as (

    select
        source,
        asset,
        timeframe,
        event_at,
        {% for lookback in ["1h", "24h", "7d"] %}
        max(case when lookback = '{{ lookback }}' then price_growth_ratio end) as price_growth_{{ lookback }}_ratio,
        max(case when lookback = '{{ lookback }}' then oi_growth_ratio end)
            as oi_growth_{{ lookback }}_ratio{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref("fct_oi_price_growth") }}
    where timeframe in ('1h', '4h', '1d') and {{ changed("event_at") }}
    group by source, asset, timeframe, event_at

),

velocity as (

    select
        rate.source,
        rate.asset,
        rate.timeframe,
        rate.event_at,
        rate.oi_rate_ratio,
        rate.velocity_zscore,
        place.day_range_ratio,
        place.range_quartile_ratio
    from {{ ref("fct_oi_velocity") }} as rate
    left join {{ ref("int_signal__bar") }} as place
        on rate.source = place.source
        and rate.asset = place.asset
        and rate.timeframe = place.timeframe
        and rate.event_at = place.event_at
    where rate.timeframe in ('1h', '4h', '1d') and {{ changed("rate.event_at") }}

),

market_cap as (

    select
        source,
        asset,
        timeframe,
        event_at,
        oi_to_market_cap_ratio,
        oi_to_market_cap_percentile_ratio,
        {{ threshold("oi_to_market_cap_extreme", asset="share.asset") }} as extreme_ratio
    from {{ ref("fct_oi_to_market_cap") }} as share
    where timeframe in ('1h', '4h', '1d') and is_extreme and {{ changed("event_at") }}

)

{{ signal_bars(
    "exit_divergence",
    "growth",
    condition="price_growth_24h_ratio > parameters['flat_change'] and oi_growth_24h_ratio < -parameters['flat_change']",
    strength="least(price_growth_24h_ratio, -oi_growth_24h_ratio) / parameters['flat_change']",
    inputs=["price_growth_24h_ratio", "oi_growth_24h_ratio"],
) }}

union all

{{ signal_bars(
    "short_covering_squeeze",
    "growth",
    condition="price_growth_1h_ratio >= parameters['price_rise'] and oi_growth_1h_ratio < 0",
    strength="price_growth_1h_ratio / parameters['price_rise']",
    inputs=["price_growth_1h_ratio", "oi_growth_1h_ratio"],
) }}

union all

{{ signal_bars(
    "leverage_driven_rally",
    "growth",
    condition="price_growth_24h_ratio > 0 and price_growth_24h_ratio > parameters['multiple'] * oi_growth_24h_ratio"
    " and price_growth_7d_ratio > 0 and price_growth_7d_ratio > parameters['multiple'] * oi_growth_7d_ratio",
    strength="least("
    "price_growth_24h_ratio - parameters['multiple'] * greatest(oi_growth_24h_ratio, 0), "
    "price_growth_7d_ratio - parameters['multiple'] * greatest(oi_growth_7d_ratio, 0))",
    inputs=["price_growth_24h_ratio", "oi_growth_24h_ratio", "price_growth_7d_ratio", "oi_growth_7d_ratio"],
) }}

union all

{{ signal_bars(
    "velocity_extreme",
    "velocity",
    condition="abs(velocity_zscore) > parameters['zscore']",
    strength="abs(velocity_zscore) / parameters['zscore']",
    inputs=["velocity_zscore", "oi_rate_ratio"],
) }}

union all

{{ signal_bars(
    "distribution",
    "velocity",
    condition="velocity_zscore > parameters['zscore'] and day_range_ratio <= range_quartile_ratio",
    strength="velocity_zscore / parameters['zscore']",
    inputs=["velocity_zscore", "day_range_ratio", "range_quartile_ratio"],
) }}

union all

{{ signal_bars(
    "crowded_market_cap",
    "market_cap",
    condition="true",
    strength="oi_to_market_cap_ratio / extreme_ratio",
    inputs=["oi_to_market_cap_ratio", "oi_to_market_cap_percentile_ratio"],
) }}
