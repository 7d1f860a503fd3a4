with

    outcomes as (

        -- What the bars say about each claim; NULL where an input is missing, or the claim is not about the bars.
        select
            claim.claim,
            bar.source,
            bar.asset,
            bar.timeframe,
            bar.event_at as known_at,
            case
                claim.claim
                when 'outpacing_precedes_drawdown'
                then bar.largest_fall_14d_ratio <= -{{ threshold("claim_major_drawdown") }}
                when 'flush_ends_selling'
                then bar.return_24h_ratio > 0
                when 'absorption_validates_trend'
                then sign(bar.return_7d_ratio) = sign(bar.return_7d_before_ratio)
                when 'market_cap_share_is_extreme'
                then bar.oi_to_market_cap_percentile_365d_ratio >= {{ threshold("claim_funding_percentile") }}
                when 'squeeze_setup_squeezes'
                then bar.largest_rise_7d_ratio >= {{ threshold("claim_squeeze_rise") }}
                when 'discounted_spike_is_inflow'
                then bar.return_24h_ratio > 0
                when 'stretched_spread_precedes_funding_spike'
                then bar.highest_funding_7d_ratio >= {{ threshold("claim_funding_percentile") }}
                when 'euphoria_precedes_dump'
                then bar.largest_fall_7d_ratio <= -{{ threshold("claim_dump_fall") }}
                when 'baseline_of_open_interest'
                then
                    bar.perpetual_oi_usd
                    between {{ threshold("claim_baseline_low_usd") }} and {{ threshold("claim_baseline_high_usd") }}
            end as is_outcome
        from {{ ref("int_claim__bar") }} as bar
        cross join {{ ref("dim_claim") }} as claim
        where {{ changed("bar.event_at") }}

        union all

        -- The claim says "within 24 to 48 hours": it comes true if either of the two horizons has a spike.
        select
            'velocity_precedes_volatility' as claim,
            source,
            asset,
            timeframe,
            max(known_at) as known_at,
            max(realized_volatility_to_median_ratio) >= {{ threshold("claim_volatility_ratio") }} as is_outcome
        from {{ ref("fct_bar_outcome") }}
        where
            horizon_hours in ({{ volatility_claim_horizons() | join(", ") }})
            and {{ changed("known_at", window="claim_volatility") }}
        group by source, asset, timeframe, event_at
        having count(realized_volatility_to_median_ratio) = {{ volatility_claim_horizons() | length }}

    )

select
    outcomes.claim,
    outcomes.source,
    outcomes.asset,
    outcomes.timeframe,
    outcomes.known_at - to_hours(claim.horizon_hours) as event_at,
    outcomes.known_at,
    condition.claim is not null as is_case,
    outcomes.is_outcome
from outcomes
inner join {{ ref("dim_claim") }} as claim on outcomes.claim = claim.claim
left join
    {{ ref("int_claim__condition") }} as condition
    on outcomes.claim = condition.claim
    and outcomes.source = condition.source
    and outcomes.asset = condition.asset
    and outcomes.timeframe = condition.timeframe
    and outcomes.known_at - to_hours(claim.horizon_hours) = condition.event_at
where outcomes.is_outcome is not null and {{ changed("outcomes.known_at") }}
