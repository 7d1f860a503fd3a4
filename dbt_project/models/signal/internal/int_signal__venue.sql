-- One row per source, asset, venue, timeframe, signal, version and bar on which one venue stands apart from the others, or
-- its dated contracts from its perpetual.
with

divergence as (

    select
        source,
        asset,
        venue,
        timeframe,
        event_at,
        velocity_zscore,
        others_median_abs_zscore,
        premium_bps,
        premium_zscore
    from {{ ref("fct_venue_divergence") }}
    where timeframe in ('1h', '4h', '1d') and {{ changed("event_at") }}

),

-- A venue's expiries stretch together: the furthest speaks for all.
spread as (

    select
        source,
        asset,
        venue,
        timeframe,
        event_at,
        arg_max(spread_zscore, abs(spread_zscore)) as spread_zscore,
        arg_max(basis_annualized_ratio, abs(spread_zscore)) as basis_annualized_ratio,
        arg_max(days_to_expiry, abs(spread_zscore)) as days_to_expiry
    from {{ ref("fct_perpetual_dated_spread") }}
    where timeframe in ('1h', '4h', '1d') and {{ changed("event_at") }}
    group by source, asset, venue, timeframe, event_at

)

{{ signal_bars(
    "isolated_venue_spike",
    "divergence",
    condition="abs(velocity_zscore) > parameters['zscore']"
    " and others_median_abs_zscore < parameters['others_zscore']",
    strength="abs(velocity_zscore) / parameters['zscore']",
    inputs=["velocity_zscore", "others_median_abs_zscore", "premium_bps"],
    venue="bar.venue",
) }}

union all

{{ signal_bars(
    "arbitrage_inflow",
    "divergence",
    condition="velocity_zscore > parameters['zscore'] and others_median_abs_zscore < parameters['others_zscore']"
    " and premium_zscore < parameters['discount_zscore']",
    strength="premium_zscore / parameters['discount_zscore']",
    inputs=["velocity_zscore", "others_median_abs_zscore", "premium_bps", "premium_zscore"],
    venue="bar.venue",
) }}

union all

{{ signal_bars(
    "spread_stretched",
    "spread",
    condition="abs(spread_zscore) > parameters['zscore']",
    strength="abs(spread_zscore) / parameters['zscore']",
    inputs=["spread_zscore", "basis_annualized_ratio", "days_to_expiry"],
    venue="bar.venue",
) }}
