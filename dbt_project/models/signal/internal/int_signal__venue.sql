-- One row per source, asset, venue, timeframe, signal, version and bar on which a condition holds that compares one
-- venue with the others, or its dated contracts with its perpetual contracts.
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
        where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at") }}

    ),

    -- The expiries of a venue move together, so the one with the largest z-score represents the venue.
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
        where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at") }}
        group by source, asset, venue, timeframe, event_at

    ),

    -- The open interest of one venue moves far more than usual while that of the others does not.
    isolated_venue_spike as (

        select
            *,
            abs(velocity_zscore) / parameters['zscore'] as strength,
            {{ evidence(["velocity_zscore", "others_median_abs_zscore", "premium_bps"]) }} as evidence
        from divergence
        inner join {{ parameters_of("isolated_venue_spike") }} using (timeframe)
        where abs(velocity_zscore) > parameters['zscore'] and others_median_abs_zscore < parameters['others_zscore']

    ),

    -- The open interest of one venue alone grows far more than usual while its price is unusually low against the
    -- others.
    arbitrage_inflow as (

        select
            *,
            premium_zscore / parameters['discount_zscore'] as strength,
            {{ evidence(["velocity_zscore", "others_median_abs_zscore", "premium_bps", "premium_zscore"]) }} as evidence
        from divergence
        inner join {{ parameters_of("arbitrage_inflow") }} using (timeframe)
        where
            velocity_zscore > parameters['zscore']
            and others_median_abs_zscore < parameters['others_zscore']
            and premium_zscore < parameters['discount_zscore']

    ),

    -- The annualised basis of a dated contract is unusually far from its mean.
    spread_stretched as (

        select
            *,
            abs(spread_zscore) / parameters['zscore'] as strength,
            {{ evidence(["spread_zscore", "basis_annualized_ratio", "days_to_expiry"]) }} as evidence
        from spread
        inner join {{ parameters_of("spread_stretched") }} using (timeframe)
        where abs(spread_zscore) > parameters['zscore']

    )

    {{ signals(["isolated_venue_spike", "arbitrage_inflow", "spread_stretched"], venue="venue") }}
