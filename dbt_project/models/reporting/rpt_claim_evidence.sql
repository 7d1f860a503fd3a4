{#- The volatility before a bar is that of the shortest horizon. -#}
{%- set volatility_hours = outcome_horizons() | min -%}
with

    volatility as (

        select source, asset, timeframe, event_at, {{ volatility_decile() }} as volatility_decile
        from {{ ref("fct_bar_outcome") }}
        where horizon_hours = {{ volatility_hours }}

    ),

    -- The rate over all bars of one decile of volatility, and the number of cases among them.
    deciles as (

        select
            outcome.claim,
            outcome.source,
            outcome.asset,
            outcome.timeframe,
            count(*) filter (where outcome.is_case) as case_count,
            avg(outcome.is_outcome::integer) as rate_ratio
        from {{ ref("fct_claim_outcome") }} as outcome
        left join volatility using (source, asset, timeframe, event_at)
        group by outcome.claim, outcome.source, outcome.asset, outcome.timeframe, volatility.volatility_decile

    ),

    -- The rate that the volatility at the cases of all assets lets expect.
    expected as (

        select
            claim, source, timeframe, sum(case_count * rate_ratio) / nullif(sum(case_count), 0) as expected_rate_ratio
        from deciles
        group by claim, source, timeframe

    ),

    -- Cases and base rate of each asset. The base rate uses all bars of the asset, so that cases are compared with the
    -- same market.
    by_asset as (

        select
            outcome.claim,
            outcome.source,
            outcome.asset,
            outcome.timeframe,
            avg(outcome.is_outcome::integer) as base_rate_ratio,
            count(*) filter (where outcome.is_case) as occurrence_count,
            count(*) filter (where outcome.is_case and outcome.is_outcome) as hit_count,
            min(outcome.event_at) filter (where outcome.is_case) as first_event_at,
            max(outcome.event_at) filter (where outcome.is_case) as last_event_at,
            {{ independent_count("outcome.event_at", "claim.horizon_hours", "outcome.is_case") }} as independent_count
        from {{ ref("fct_claim_outcome") }} as outcome
        inner join {{ ref("dim_claim") }} as claim on outcome.claim = claim.claim
        group by outcome.claim, outcome.source, outcome.asset, outcome.timeframe, claim.horizon_hours
        having bool_or(outcome.is_case)

    ),

    -- The assets together, each weighted by its number of cases.
    evidence as (

        select
            claim,
            source,
            timeframe,
            string_agg(asset, ', ' order by asset) as assets,
            min(first_event_at) as first_event_at,
            max(last_event_at) as last_event_at,
            sum(occurrence_count)::bigint as occurrence_count,
            sum(independent_count)::bigint as independent_count,
            sum(hit_count) / sum(occurrence_count) as outcome_rate_ratio,
            sum(occurrence_count * base_rate_ratio) / sum(occurrence_count) as base_rate_ratio,
            any_value(expected_rate_ratio) as expected_rate_ratio
        from by_asset
        inner join expected using (claim, source, timeframe)
        group by claim, source, timeframe

    ),

    -- Every claim with its counts and its interval; a claim without cases has counts of 0.
    measured as (

        select
            claim.*,
            evidence.source,
            evidence.timeframe,
            evidence.assets,
            evidence.first_event_at,
            evidence.last_event_at,
            coalesce(evidence.occurrence_count, 0) as occurrence_count,
            coalesce(evidence.independent_count, 0) as independent_count,
            evidence.outcome_rate_ratio,
            -- All bars are cases of a claim about a level, so no other bars are left to compare it with.
            {% for rate in ["base_rate_ratio", "expected_rate_ratio"] %}
                case when claim.claim <> 'baseline_of_open_interest' then evidence.{{ rate }} end as {{ rate }},
            {% endfor %}
            {{ wilson_bound("evidence.outcome_rate_ratio", "evidence.independent_count", -1) }}
            as outcome_rate_low_ratio,
            {{ wilson_bound("evidence.outcome_rate_ratio", "evidence.independent_count", 1) }}
            as outcome_rate_high_ratio
        from {{ ref("dim_claim") }} as claim
        left join evidence on claim.claim = evidence.claim

    ),

    judged as (

        select
            *,
            (
                select liquidation_move_ratio
                from {{ ref("fct_leverage_scenario") }}
                where leverage = {{ threshold_literal("claim_leverage") }}
                limit 1
            ) as move_at_20x_ratio,
            -- Supported: the whole interval lies above both rates of other bars, where there are any, and it does not
            -- lie wholly below the asserted rate.
            coalesce({{ is_above_both("outcome_rate_low_ratio") }}, outcome_rate_low_ratio > 0)
            and outcome_rate_high_ratio >= coalesce(asserted_ratio, 0) as is_supported
        from measured

    )

select
    claim,
    article,
    statement,
    condition,
    outcome,
    horizon_hours,
    source,
    timeframe,
    assets,
    first_event_at,
    last_event_at,
    occurrence_count,
    independent_count,
    outcome_rate_ratio,
    outcome_rate_low_ratio,
    outcome_rate_high_ratio,
    base_rate_ratio,
    expected_rate_ratio,
    outcome_rate_ratio / nullif(expected_rate_ratio, 0) as lift_over_volatility_ratio,
    outcome_rate_low_ratio / nullif(expected_rate_ratio, 0) as lift_over_volatility_low_ratio,
    outcome_rate_high_ratio / nullif(expected_rate_ratio, 0) as lift_over_volatility_high_ratio,
    asserted_ratio,
    case
        when not_measurable_reason is not null
        then 'not_measurable'
        -- Arithmetic decides this claim, not the number of occurrences.
        when claim = 'five_percent_liquidates_20x' and move_at_20x_ratio is not null
        then
            case
                when move_at_20x_ratio <= {{ threshold_literal("claim_20x_move") }}
                then 'supported'
                else 'not_supported'
            end
        when independent_count < {{ threshold("claim_minimum_occurrences") }}
        then 'too_few'
        when is_supported
        then 'supported'
        else 'not_supported'
    end as verdict,
    case
        when not_measurable_reason is not null
        then not_measurable_reason
        when claim = 'five_percent_liquidates_20x'
        then 'liquidated at an adverse move of ' || round(move_at_20x_ratio * 100, 2) || ' %, by arithmetic'
        when source is null
        then 'no case whose outcome is known: the condition never held, or no source has its inputs'
    end as reason
from judged
