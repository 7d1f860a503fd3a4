-- One row per source, asset, venue, timeframe, signal, version and bar on which a condition holds that compares one
-- venue with the others, or its dated contracts with its perpetual contracts. Only venues that hold a share of the
-- asset's open interest count, and only if their open interest changes at the grain of the bars: a venue that reports
-- once a day jumps at the hour of its report and is flat in the other hours.
{%- set is_judged -%}
    oi_share_ratio >= parameters['smallest_share'] and changed_bars_ratio > parameters['changed_bars']
{%- endset %}
with

    -- How often the open interest of a venue differs from the bar before (window `venue_reporting`).
    reporting as (

        select
            source,
            asset,
            venue,
            timeframe,
            event_at,
            avg((abs(oi_growth_ratio) > {{ threshold_literal("index_rounding") }})::integer) over (
                partition by source, asset, venue, timeframe order by event_at {{ frame_within("venue_reporting") }}
            ) as changed_bars_ratio
        from {{ ref("fct_venue_oi_velocity") }}
        where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at", window="venue_reporting") }}

    ),

    venues as (

        select
            share.source,
            share.asset,
            share.venue,
            share.timeframe,
            share.event_at,
            share.oi_share_ratio,
            reporting.changed_bars_ratio
        from {{ ref("fct_venue_share") }} as share
        inner join
            reporting
            on share.source = reporting.source
            and share.asset = reporting.asset
            and share.venue = reporting.venue
            and share.timeframe = reporting.timeframe
            and share.event_at = reporting.event_at
        where share.timeframe in {{ coarse_timeframes() }} and {{ changed("share.event_at") }}

    ),

    divergence as (

        select
            venues.*,
            compared.velocity_zscore,
            compared.others_median_abs_zscore,
            compared.premium_bps,
            compared.premium_zscore
        from venues
        inner join
            {{ ref("fct_venue_divergence") }} as compared
            on venues.source = compared.source
            and venues.asset = compared.asset
            and venues.venue = compared.venue
            and venues.timeframe = compared.timeframe
            and venues.event_at = compared.event_at
        where {{ changed("compared.event_at") }}

    ),

    -- The expiries of a venue move together, so the one with the largest z-score represents the venue.
    spread as (

        select
            venues.source,
            venues.asset,
            venues.venue,
            venues.timeframe,
            venues.event_at,
            venues.oi_share_ratio,
            venues.changed_bars_ratio,
            arg_max(expiry.spread_zscore, abs(expiry.spread_zscore)) as spread_zscore,
            arg_max(expiry.basis_annualized_ratio, abs(expiry.spread_zscore)) as basis_annualized_ratio,
            arg_max(expiry.days_to_expiry, abs(expiry.spread_zscore)) as days_to_expiry
        from venues
        inner join
            {{ ref("fct_perpetual_dated_spread") }} as expiry
            on venues.source = expiry.source
            and venues.asset = expiry.asset
            and venues.venue = expiry.venue
            and venues.timeframe = expiry.timeframe
            and venues.event_at = expiry.event_at
        where {{ changed("expiry.event_at") }}
        group by
            venues.source,
            venues.asset,
            venues.venue,
            venues.timeframe,
            venues.event_at,
            venues.oi_share_ratio,
            venues.changed_bars_ratio

    ),

    -- The open interest of one venue moves far more than usual while that of the others does not.
    isolated_venue_spike as (

        select
            *,
            abs(velocity_zscore) / parameters['zscore'] as strength,
            {{ evidence(["velocity_zscore", "others_median_abs_zscore", "premium_bps", "oi_share_ratio"]) }} as evidence
        from divergence
        inner join {{ parameters_of("isolated_venue_spike") }} using (timeframe)
        where
            abs(velocity_zscore) > parameters['zscore']
            and others_median_abs_zscore < parameters['others_zscore']
            and {{ is_judged }}

    ),

    -- The open interest of one venue alone grows far more than usual while its price is unusually low against the
    -- others.
    arbitrage_inflow as (

        select
            *,
            premium_zscore / parameters['discount_zscore'] as strength,
            {{
                evidence(
                    ["velocity_zscore", "others_median_abs_zscore", "premium_bps", "premium_zscore", "oi_share_ratio"]
                )
            }} as evidence
        from divergence
        inner join {{ parameters_of("arbitrage_inflow") }} using (timeframe)
        where
            velocity_zscore > parameters['zscore']
            and others_median_abs_zscore < parameters['others_zscore']
            and premium_zscore < parameters['discount_zscore']
            and {{ is_judged }}

    ),

    -- The annualised basis of a dated contract is unusually far from its mean.
    spread_stretched as (

        select
            *,
            abs(spread_zscore) / parameters['zscore'] as strength,
            {{ evidence(["spread_zscore", "basis_annualized_ratio", "days_to_expiry", "oi_share_ratio"]) }} as evidence
        from spread
        inner join {{ parameters_of("spread_stretched") }} using (timeframe)
        where abs(spread_zscore) > parameters['zscore'] and {{ is_judged }}

    )

    {{ signals(["isolated_venue_spike", "arbitrage_inflow", "spread_stretched"], venue="venue") }}
