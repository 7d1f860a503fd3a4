-- One row per source, asset, timeframe, signal, version and bar on which a condition on the regime of open interest, on
-- funding or on positioning holds.
with

regime as (

    select
        source,
        asset,
        timeframe,
        event_at,
        regime,
        is_ceiling_break_confirmed,
        oi_base,
        oi_floor_base,
        oi_ceiling_base,
        volume_usd,
        volume_80th_percentile_usd
    from {{ ref("fct_oi_regime") }}
    where regime <> 'inside' and {{ changed("event_at") }}

),

funding as (

    select
        source,
        asset,
        timeframe,
        event_at,
        funding_8h_ratio,
        funding_percentile_365d,
        oi_growth_24h_ratio,
        velocity_zscore
    from {{ ref("fct_funding_oi") }}
    where timeframe in ('1h', '4h', '1d') and {{ changed("event_at") }}

),

-- Shares are counted at any instant, and judged at those that end a bar of the market.
skew as (

    select
        market.source,
        market.asset,
        market.timeframe,
        market.event_at,
        max(skew.funding_percentile_365d) as funding_percentile_365d,
        max(skew.independent_source_count) as independent_source_count,
        max(skew.short_skew_ratio) as short_skew_ratio
    from {{ ref("fct_market_open_interest") }} as market
    inner join {{ ref("fct_positioning_skew") }} as skew
        on market.source = skew.source
        and market.asset = skew.asset
        and market.event_at = skew.event_at
    where market.timeframe in ('1h', '4h', '1d')
        and skew.basis <> 'taker_flow'
        and {{ changed("market.event_at") }}
        and {{ changed("skew.event_at") }}
    group by market.source, market.asset, market.timeframe, market.event_at

)

{{ signal_bars(
    "oi_floor_break",
    "regime",
    condition="regime = 'below_floor'",
    strength="oi_floor_base / nullif(oi_base, 0)",
    inputs=["oi_base", "oi_floor_base"],
) }}

union all

{{ signal_bars(
    "oi_ceiling_break",
    "regime",
    condition="is_ceiling_break_confirmed",
    strength="oi_base / oi_ceiling_base",
    inputs=["oi_base", "oi_ceiling_base", "volume_usd", "volume_80th_percentile_usd"],
) }}

union all

{{ signal_bars(
    "negative_funding_rising_oi",
    "funding",
    condition="funding_8h_ratio < 0 and oi_growth_24h_ratio > parameters['flat_change']",
    strength="oi_growth_24h_ratio / parameters['flat_change']",
    inputs=["funding_8h_ratio", "oi_growth_24h_ratio"],
) }}

union all

{{ signal_bars(
    "euphoria",
    "funding",
    condition="funding_percentile_365d >= parameters['percentile'] and velocity_zscore > parameters['zscore']",
    strength="velocity_zscore / parameters['zscore']",
    inputs=["funding_8h_ratio", "funding_percentile_365d", "velocity_zscore"],
) }}

union all

{{ signal_bars(
    "short_squeeze_setup",
    "skew",
    condition="funding_percentile_365d >= parameters['percentile'] and independent_source_count >= parameters['sources']",
    strength="independent_source_count / parameters['sources']",
    inputs=["funding_percentile_365d", "independent_source_count", "short_skew_ratio"],
) }}
