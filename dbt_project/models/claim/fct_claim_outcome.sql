{%- set outcomes = [
    ("outpacing_precedes_drawdown", "largest_fall_14d_ratio <= -" ~ threshold("claim_major_drawdown")),
    ("flush_ends_selling", "return_24h_ratio > 0"),
    ("absorption_validates_trend", "sign(return_7d_ratio) = sign(return_7d_before_ratio)"),
    (
        "market_cap_share_is_extreme",
        "oi_to_market_cap_percentile_365d_ratio >= " ~ threshold("claim_funding_percentile"),
    ),
    ("squeeze_setup_squeezes", "largest_rise_7d_ratio >= " ~ threshold("claim_squeeze_rise")),
    ("discounted_spike_is_inflow", "return_24h_ratio > 0"),
    (
        "stretched_spread_precedes_funding_spike",
        "highest_funding_7d_ratio >= " ~ threshold("claim_funding_percentile"),
    ),
    ("euphoria_precedes_dump", "largest_fall_7d_ratio <= -" ~ threshold("claim_dump_fall")),
    (
        "baseline_of_open_interest",
        "perpetual_oi_usd between "
        ~ threshold("claim_baseline_low_usd")
        ~ " and "
        ~ threshold("claim_baseline_high_usd"),
    ),
] %}
with

    outcomes as (

        {% for claim, is_outcome in outcomes %}
            select
                '{{ claim }}' as claim, source, asset, timeframe, event_at as known_at, {{ is_outcome }} as is_outcome
            from {{ ref("int_claim__bar") }}
            where {{ changed("event_at") }}

            union all

        {% endfor %}
        -- The claim says "within 24 to 48 hours": it comes true if either of the two horizons has a spike.
        select
            'velocity_precedes_volatility' as claim,
            source,
            asset,
            timeframe,
            max(known_at) as known_at,
            max(realized_volatility_to_median_ratio) >= {{ threshold("claim_volatility_ratio") }} as is_outcome
        from {{ ref("fct_bar_outcome") }}
        where horizon_hours in (24, 48) and {{ changed("known_at", window="claim_volatility") }}
        group by source, asset, timeframe, event_at
        having count(realized_volatility_to_median_ratio) = 2

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
