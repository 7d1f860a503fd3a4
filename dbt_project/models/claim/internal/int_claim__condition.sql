{#- A table, because a late signal may be added to a bar of any age. -#}
{{ config(materialized="table") }}
-- One row per claim, source, asset, timeframe and bar on which the condition of the claim holds.
{%- set signals = {
    "velocity_precedes_volatility": "velocity_extreme",
    "outpacing_precedes_drawdown": "leverage_driven_rally",
    "squeeze_setup_squeezes": "short_squeeze_setup",
    "discounted_spike_is_inflow": "arbitrage_inflow",
    "stretched_spread_precedes_funding_spike": "spread_stretched",
    "euphoria_precedes_dump": "euphoria",
} %}
with

    -- Only the newest version counts: an older version would repeat the same evidence. The final distinct makes one
    -- occurrence of two venues at one bar.
    signals as (

        select
            case
                signal {% for claim, signal in signals.items() %} when '{{ signal }}' then '{{ claim }}' {% endfor %}
            end as claim,
            source,
            asset,
            timeframe,
            event_at
        from {{ ref("fct_signal_newest_version") }}

    ),

    -- A verdict below 1h becomes known between full bars; it counts at the next full hour.
    verdicts as (

        select
            case
                verdict when 'exhausted' then 'flush_ends_selling' when 'absorbed' then 'absorption_validates_trend'
            end as claim,
            source,
            asset,
            case when timeframe in {{ coarse_timeframes() }} then timeframe else '1h' end as timeframe,
            case
                when timeframe in {{ coarse_timeframes() }} then known_at else {{ bar_end("known_at", 3600) }}
            end as event_at
        from {{ ref("fct_post_liquidation_stabilization") }}
        where horizon_hours = {{ threshold_literal("stabilization_verdict_hours") }}

    ),

    -- Claims about a level: every day on which it can be measured, or on which the level is exceeded.
    levels as (

        select 'market_cap_share_is_extreme' as claim, source, asset, timeframe, event_at
        from {{ ref("int_claim__bar") }}
        where timeframe = '1d' and oi_to_market_cap_ratio > {{ threshold("oi_to_market_cap_extreme") }}

        union all

        select 'baseline_of_open_interest' as claim, source, asset, timeframe, event_at
        from {{ ref("int_claim__bar") }}
        where timeframe = '1d' and asset = 'BTC' and perpetual_oi_usd is not null

    )

select distinct claim, source, asset, timeframe, event_at
from
    (
        select claim, source, asset, timeframe, event_at
        from signals
        union all
        select claim, source, asset, timeframe, event_at
        from verdicts
        union all
        select claim, source, asset, timeframe, event_at
        from levels
    )
where claim is not null
