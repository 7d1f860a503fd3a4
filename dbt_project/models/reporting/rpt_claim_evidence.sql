with

conditions as (

    select
        claim,
        source,
        timeframe,
        count(*) as occurrence_count,
        string_agg(distinct asset, ', ' order by asset) as assets,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at
    from {{ ref("int_claim__condition") }}
    group by claim, source, timeframe

),

-- The base rate of an asset is that of all its bars, so that a rare condition is set against the same market.
base_rates as (

    select
        claim,
        source,
        asset,
        timeframe,
        avg(is_outcome::integer) as base_rate_ratio
    from {{ ref("int_claim__outcome") }}
    group by claim, source, asset, timeframe

),

by_asset as (

    select
        condition.claim,
        condition.source,
        condition.asset,
        condition.timeframe,
        count(*) as known_count,
        count(*) filter (where outcome.is_outcome) as hit_count,
        {{ independent_count("condition.event_at", "claim.horizon_hours", "true") }} as independent_count
    from {{ ref("int_claim__condition") }} as condition
    inner join {{ ref("int_claim__outcome") }} as outcome
        on condition.claim = outcome.claim
        and condition.source = outcome.source
        and condition.asset = outcome.asset
        and condition.timeframe = outcome.timeframe
        and condition.event_at = outcome.event_at
    inner join {{ ref("claim") }} as claim on condition.claim = claim.claim
    group by condition.claim, condition.source, condition.asset, condition.timeframe, claim.horizon_hours

),

evidence as (

    select
        by_asset.claim,
        by_asset.source,
        by_asset.timeframe,
        sum(by_asset.independent_count)::bigint as independent_count,
        sum(by_asset.hit_count) / sum(by_asset.known_count) as outcome_rate_ratio,
        sum(by_asset.known_count * base_rates.base_rate_ratio) / sum(by_asset.known_count) as base_rate_ratio
    from by_asset
    inner join base_rates
        on by_asset.claim = base_rates.claim
        and by_asset.source = base_rates.source
        and by_asset.asset = base_rates.asset
        and by_asset.timeframe = base_rates.timeframe
    group by by_asset.claim, by_asset.source, by_asset.timeframe

),

measured as (

    select
        claim.*,
        conditions.source,
        conditions.timeframe,
        conditions.assets,
        conditions.first_event_at,
        conditions.last_event_at,
        coalesce(conditions.occurrence_count, 0) as occurrence_count,
        coalesce(evidence.independent_count, 0) as independent_count,
        evidence.outcome_rate_ratio,
        -- What a claim of a level says is so or not: there is no other bar to set it against.
        case when claim.claim <> 'baseline_of_open_interest' then evidence.base_rate_ratio end as base_rate_ratio,
        {{ wilson_bound("evidence.outcome_rate_ratio", "evidence.independent_count", -1) }} as outcome_rate_low_ratio,
        {{ wilson_bound("evidence.outcome_rate_ratio", "evidence.independent_count", 1) }} as outcome_rate_high_ratio
    from {{ ref("claim") }} as claim
    left join conditions on claim.claim = conditions.claim
    left join evidence
        on conditions.claim = evidence.claim
        and conditions.source = evidence.source
        and conditions.timeframe = evidence.timeframe

),

judged as (

    select
        *,
        (select liquidation_move_ratio from {{ ref("fct_leverage_scenario") }} where leverage = 20 limit 1)
            as move_at_20x_ratio,
        -- Above its base rate beyond doubt, and not below what was asserted beyond doubt.
        outcome_rate_low_ratio > coalesce(base_rate_ratio, 0)
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
    asserted_ratio,
    case
        when not_measurable_reason is not null then 'not_measurable'
        -- Arithmetic, and no matter of occurrences.
        when claim = 'five_percent_liquidates_20x' and move_at_20x_ratio <= 0.05 then 'supported'
        when claim = 'five_percent_liquidates_20x' and move_at_20x_ratio > 0.05 then 'not_supported'
        when independent_count < {{ threshold("claim_minimum_occurrences") }} then 'too_few'
        when is_supported then 'supported'
        else 'not_supported'
    end as verdict,
    case
        when not_measurable_reason is not null then not_measurable_reason
        when claim = 'five_percent_liquidates_20x'
            then 'liquidated at an adverse move of ' || round(move_at_20x_ratio * 100, 2) || ' %, by arithmetic'
        when source is null then 'the condition never held, or no source has its inputs'
    end as reason
from judged
