-- One row per source, asset, timeframe, signal, version and bar on which a condition holds about the regime of open
-- interest, funding or positioning.
with

    outside_band as (

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
            funding_percentile_365d_ratio,
            oi_growth_24h_ratio,
            velocity_zscore
        from {{ ref("fct_funding_oi") }}
        where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at") }}

    ),

    -- Positioning shares exist at many instants; only those at the end of a bar of the market are used.
    skew as (

        select
            market.source,
            market.asset,
            market.timeframe,
            market.event_at,
            max(skew.funding_percentile_365d_ratio) as funding_percentile_365d_ratio,
            max(skew.independent_source_count) as independent_source_count,
            max(skew.short_skew_ratio) as short_skew_ratio
        from {{ ref("fct_market_open_interest") }} as market
        inner join
            {{ ref("fct_positioning_skew") }} as skew
            on market.source = skew.source
            and market.asset = skew.asset
            and market.event_at = skew.event_at
        where
            market.timeframe in {{ coarse_timeframes() }}
            and skew.basis <> 'taker_flow'
            and {{ changed("market.event_at") }}
            and {{ changed("skew.event_at") }}
        group by market.source, market.asset, market.timeframe, market.event_at

    ),

    -- Open interest fell below the floor of its band.
    oi_floor_break as (

        select
            *, oi_floor_base / nullif(oi_base, 0) as strength, {{ evidence(["oi_base", "oi_floor_base"]) }} as evidence
        from outside_band
        inner join {{ parameters_of("oi_floor_break") }} using (timeframe)
        where regime = 'below_floor'

    ),

    -- Open interest rose above the ceiling of its band, and the volume confirms it.
    oi_ceiling_break as (

        select
            *,
            oi_base / oi_ceiling_base as strength,
            {{ evidence(["oi_base", "oi_ceiling_base", "volume_usd", "volume_80th_percentile_usd"]) }} as evidence
        from outside_band
        inner join {{ parameters_of("oi_ceiling_break") }} using (timeframe)
        where is_ceiling_break_confirmed

    ),

    -- Shorts pay longs while open interest grows: new shorts.
    negative_funding_rising_oi as (

        select
            *,
            oi_growth_24h_ratio / parameters['flat_change'] as strength,
            {{ evidence(["funding_8h_ratio", "oi_growth_24h_ratio"]) }} as evidence
        from funding
        inner join {{ parameters_of("negative_funding_rising_oi") }} using (timeframe)
        where funding_8h_ratio < 0 and oi_growth_24h_ratio > parameters['flat_change']

    ),

    -- Funding is close to its highest of the year, and open interest grows far more than usual.
    euphoria as (

        select
            *,
            velocity_zscore / parameters['zscore'] as strength,
            {{ evidence(["funding_8h_ratio", "funding_percentile_365d_ratio", "velocity_zscore"]) }} as evidence
        from funding
        inner join {{ parameters_of("euphoria") }} using (timeframe)
        where funding_percentile_365d_ratio >= parameters['percentile'] and velocity_zscore > parameters['zscore']

    ),

    -- Funding is at the top of its year while several venues show more shorts than longs.
    short_squeeze_setup as (

        select
            *,
            independent_source_count / parameters['sources'] as strength,
            {{ evidence(["funding_percentile_365d_ratio", "independent_source_count", "short_skew_ratio"]) }}
            as evidence
        from skew
        inner join {{ parameters_of("short_squeeze_setup") }} using (timeframe)
        where
            funding_percentile_365d_ratio >= parameters['percentile']
            and independent_source_count >= parameters['sources']

    )

    {{
        signals(
            [
                "oi_floor_break",
                "oi_ceiling_break",
                "negative_funding_rising_oi",
                "euphoria",
                "short_squeeze_setup",
            ]
        )
    }}
