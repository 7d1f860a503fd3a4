-- One row per source, asset, timeframe, signal, version and bar on which a condition holds about growth of open
-- interest against price, velocity or market cap.
with

    growth as (

        select
            source,
            asset,
            timeframe,
            event_at,
            {% for lookback in ["1h", "24h", "7d"] %}
                max(
                    case when lookback = '{{ lookback }}' then price_growth_ratio end
                ) as price_growth_{{ lookback }}_ratio,
                max(
                    case when lookback = '{{ lookback }}' then oi_growth_ratio end
                ) as oi_growth_{{ lookback }}_ratio{{ "," if not loop.last }}
            {% endfor %}
        from {{ ref("fct_oi_price_growth") }}
        where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at") }}
        group by source, asset, timeframe, event_at

    ),

    velocity as (

        select
            bar.source,
            bar.asset,
            bar.timeframe,
            bar.event_at,
            bar.oi_growth_ratio,
            bar.velocity_zscore,
            place.day_range_ratio,
            place.range_quartile_ratio
        from {{ ref("fct_oi_velocity") }} as bar
        left join
            {{ ref("int_signal__bar") }} as place
            on bar.source = place.source
            and bar.asset = place.asset
            and bar.timeframe = place.timeframe
            and bar.event_at = place.event_at
        where bar.timeframe in {{ coarse_timeframes() }} and {{ changed("bar.event_at") }}

    ),

    market_cap as (

        select
            source,
            asset,
            timeframe,
            event_at,
            oi_to_market_cap_ratio,
            oi_to_market_cap_percentile_365d_ratio,
            {{ threshold("oi_to_market_cap_extreme", asset="share.asset") }} as extreme_ratio
        from {{ ref("fct_oi_to_market_cap") }} as share
        where timeframe in {{ coarse_timeframes() }} and is_extreme and {{ changed("event_at") }}

    ),

    -- The price rose over 24 hours while open interest fell: fewer positions support the rise.
    exit_divergence as (

        select
            *,
            least(price_growth_24h_ratio, - oi_growth_24h_ratio) / parameters['flat_change'] as strength,
            {{ evidence(["price_growth_24h_ratio", "oi_growth_24h_ratio"]) }} as evidence
        from growth
        inner join {{ parameters_of("exit_divergence") }} using (timeframe)
        where price_growth_24h_ratio > parameters['flat_change'] and oi_growth_24h_ratio < - parameters['flat_change']

    ),

    -- The price jumped within an hour while open interest fell: shorts closed their positions.
    short_covering_squeeze as (

        select
            *,
            price_growth_1h_ratio / parameters['price_rise'] as strength,
            {{ evidence(["price_growth_1h_ratio", "oi_growth_1h_ratio"]) }} as evidence
        from growth
        inner join {{ parameters_of("short_covering_squeeze") }} using (timeframe)
        where price_growth_1h_ratio >= parameters['price_rise'] and oi_growth_1h_ratio < 0

    ),

    -- Over a day and over a week the price rose by a multiple of the growth of open interest.
    leverage_driven_rally as (

        select
            *,
            least(
                price_growth_24h_ratio - parameters['multiple'] * greatest(oi_growth_24h_ratio, 0),
                price_growth_7d_ratio - parameters['multiple'] * greatest(oi_growth_7d_ratio, 0)
            ) as strength,
            {{
                evidence(
                    ["price_growth_24h_ratio", "oi_growth_24h_ratio", "price_growth_7d_ratio", "oi_growth_7d_ratio"]
                )
            }} as evidence
        from growth
        inner join {{ parameters_of("leverage_driven_rally") }} using (timeframe)
        where
            price_growth_24h_ratio > 0
            and price_growth_24h_ratio > parameters['multiple'] * oi_growth_24h_ratio
            and price_growth_7d_ratio > 0
            and price_growth_7d_ratio > parameters['multiple'] * oi_growth_7d_ratio

    ),

    -- Open interest grew or fell far more than is usual for a bar.
    velocity_extreme as (

        select
            *,
            abs(velocity_zscore) / parameters['zscore'] as strength,
            {{ evidence(["velocity_zscore", "oi_growth_ratio"]) }} as evidence
        from velocity
        inner join {{ parameters_of("velocity_extreme") }} using (timeframe)
        where abs(velocity_zscore) > parameters['zscore']

    ),

    -- Open interest grew far more than usual while the price stayed in a narrow range for a day.
    distribution as (

        select
            *,
            velocity_zscore / parameters['zscore'] as strength,
            {{ evidence(["velocity_zscore", "day_range_ratio", "range_quartile_ratio"]) }} as evidence
        from velocity
        inner join {{ parameters_of("distribution") }} using (timeframe)
        where velocity_zscore > parameters['zscore'] and day_range_ratio <= range_quartile_ratio

    ),

    -- Open interest is extreme relative to the market cap. The limit is a threshold of the asset, not a parameter.
    crowded_market_cap as (

        select
            *,
            oi_to_market_cap_ratio / extreme_ratio as strength,
            {{ evidence(["oi_to_market_cap_ratio", "oi_to_market_cap_percentile_365d_ratio"]) }} as evidence
        from market_cap
        inner join {{ parameters_of("crowded_market_cap") }} using (timeframe)

    )

    {{
        signals(
            [
                "exit_divergence",
                "short_covering_squeeze",
                "leverage_driven_rally",
                "velocity_extreme",
                "distribution",
                "crowded_market_cap",
            ]
        )
    }}
