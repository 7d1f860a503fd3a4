{{ config(materialized="view") }}

{#- Each metric with the columns of its value and its state (null where it has no state). -#}
{%- set metrics = [
    {"name": "oi_usd", "value": "oi_usd", "state": "null"},
    {"name": "oi_growth_ratio", "value": "oi_growth_ratio", "state": "null"},
    {"name": "oi_growth_24h_ratio", "value": "oi_growth_24h_ratio", "state": "quadrant"},
    {"name": "price_growth_24h_ratio", "value": "price_growth_24h_ratio", "state": "quadrant"},
    {"name": "velocity_zscore", "value": "velocity_zscore", "state": "velocity_status"},
    {"name": "oi_to_market_cap_ratio", "value": "oi_to_market_cap_ratio", "state": "null"},
    {"name": "oi_band_position_ratio", "value": "oi_band_position_ratio", "state": "regime"},
    {"name": "funding_8h_ratio", "value": "funding_8h_ratio", "state": "funding_state"},
    {"name": "funding_oi_correlation_30d", "value": "funding_oi_correlation_30d", "state": "null"},
] -%}

with

    newest as ({{ newest_bars() }}),

    bars as (

        select
            newest.source,
            newest.asset,
            newest.timeframe,
            newest.event_at,
            market.oi_usd,
            market.oi_growth_ratio,
            growth.oi_growth_ratio as oi_growth_24h_ratio,
            growth.price_growth_ratio as price_growth_24h_ratio,
            growth.quadrant,
            velocity.velocity_zscore,
            velocity.velocity_status,
            market_cap.oi_to_market_cap_ratio,
            (regime.oi_base - regime.oi_floor_base)
            / nullif(regime.oi_ceiling_base - regime.oi_floor_base, 0) as oi_band_position_ratio,
            regime.regime,
            funding.funding_8h_ratio,
            funding.funding_state,
            funding.funding_oi_correlation_30d
        from newest
        left join
            {{ ref("fct_market_open_interest") }} as market
            on newest.source = market.source
            and newest.asset = market.asset
            and newest.timeframe = market.timeframe
            and newest.event_at = market.event_at
        left join
            {{ ref("fct_oi_price_growth") }} as growth
            on newest.source = growth.source
            and newest.asset = growth.asset
            and newest.timeframe = growth.timeframe
            and newest.event_at = growth.event_at
            and growth.lookback = '24h'
        left join
            {{ ref("fct_oi_velocity") }} as velocity
            on newest.source = velocity.source
            and newest.asset = velocity.asset
            and newest.timeframe = velocity.timeframe
            and newest.event_at = velocity.event_at
        left join
            {{ ref("fct_oi_to_market_cap") }} as market_cap
            on newest.source = market_cap.source
            and newest.asset = market_cap.asset
            and newest.timeframe = market_cap.timeframe
            and newest.event_at = market_cap.event_at
        left join
            {{ ref("fct_oi_regime") }} as regime
            on newest.source = regime.source
            and newest.asset = regime.asset
            and newest.timeframe = regime.timeframe
            and newest.event_at = regime.event_at
        left join
            {{ ref("fct_funding_oi") }} as funding
            on newest.source = funding.source
            and newest.asset = funding.asset
            and newest.timeframe = funding.timeframe
            and newest.event_at = funding.event_at

    ),

    metrics as (

        {% for metric in metrics %}
            select
                source,
                asset,
                '{{ metric.name }}' as metric,
                timeframe,
                event_at,
                {{ metric.value }} as value,
                {{ metric.state }}::varchar as state
            from bars
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select
    source,
    asset,
    metric,
    {% for timeframe in timeframes() %}
        max(case when timeframe = '{{ timeframe.name }}' then event_at end) as event_at_{{ timeframe.name }},
        max(case when timeframe = '{{ timeframe.name }}' then value end) as value_{{ timeframe.name }},
        max(
            case when timeframe = '{{ timeframe.name }}' then state end
        ) as state_{{ timeframe.name }}{{ "," if not loop.last }}
    {% endfor %}
from metrics
group by source, asset, metric
