with

    bars as (

        select
            source,
            asset,
            timeframe,
            horizon_hours,
            event_at,
            forward_return_ratio,
            realized_volatility_to_median_ratio,
            {{ volatility_decile() }} as volatility_decile
        from {{ ref("fct_bar_outcome") }}

    ),

    -- The outcomes of the bars of one decile of volatility.
    counted as (

        select
            source,
            asset,
            timeframe,
            horizon_hours,
            volatility_decile,
            count(forward_return_ratio) as return_count,
            count(*) filter (where forward_return_ratio > 0) as rise_count,
            count(*) filter (where forward_return_ratio < 0) as fall_count,
            count(realized_volatility_to_median_ratio) as volatility_count,
            count(*) filter (
                where realized_volatility_to_median_ratio >= {{ threshold("volatility_spike_ratio") }}
            ) as spike_count
        from bars
        group by source, asset, timeframe, horizon_hours, volatility_decile

    ),

    -- The same for each direction: how many bars have an outcome, and how many have the expected one.
    deciles as (

        select
            counted.source,
            counted.asset,
            counted.timeframe,
            counted.horizon_hours,
            counted.volatility_decile,
            directions.direction,
            case directions.direction when 'volatility' then volatility_count else return_count end as bar_count,
            case
                directions.direction when 'volatility' then spike_count when 'long' then rise_count else fall_count
            end as hit_count
        from counted
        cross join (select distinct direction from {{ ref("fct_signal_outcome") }}) as directions

    ),

    base_rates as (

        select
            source,
            asset,
            timeframe,
            horizon_hours,
            direction,
            sum(bar_count)::bigint as base_bar_count,
            sum(hit_count) / nullif(sum(bar_count), 0) as base_rate_ratio
        from deciles
        group by source, asset, timeframe, horizon_hours, direction

    ),

    -- The rate that the volatility at the bar of each signal lets expect.
    expected as (

        select
            outcome.signal_id,
            outcome.horizon_hours,
            deciles.hit_count / nullif(deciles.bar_count, 0) as expected_rate_ratio
        from {{ ref("fct_signal_outcome") }} as outcome
        inner join
            bars
            on outcome.source = bars.source
            and outcome.asset = bars.asset
            and outcome.timeframe = bars.timeframe
            and outcome.horizon_hours = bars.horizon_hours
            and outcome.event_at = bars.event_at
        inner join
            deciles
            on bars.source = deciles.source
            and bars.asset = deciles.asset
            and bars.timeframe = deciles.timeframe
            and bars.horizon_hours = deciles.horizon_hours
            and outcome.direction = deciles.direction
            and bars.volatility_decile is not distinct from deciles.volatility_decile
        where outcome.outcome_status = 'final'

    ),

    outcomes as (

        select
            source,
            asset,
            signal,
            timeframe,
            horizon_hours,
            parameters_version,
            any_value(direction) as direction,
            count(*) as occurrence_count,
            count(*) filter (where outcome_status = 'pending') as pending_count,
            count(*) filter (where outcome_status = 'missing_input') as missing_count,
            count(*) filter (where outcome_status = 'final') as final_count,
            count(*) filter (where outcome_status = 'final' and is_hit) as hit_count,
            avg(forward_return_ratio) filter (where outcome_status = 'final') as mean_forward_return_ratio,
            avg(expected_rate_ratio) as expected_rate_ratio,
            {{ independent_count("event_at", "horizon_hours", "outcome_status = 'final'") }} as independent_count
        from {{ ref("fct_signal_outcome") }}
        left join expected using (signal_id, horizon_hours)
        group by source, asset, signal, timeframe, horizon_hours, parameters_version

    ),

    compared as (

        select
            outcomes.*,
            outcomes.hit_count / nullif(outcomes.final_count, 0) as hit_rate_ratio,
            base_rates.base_bar_count,
            base_rates.base_rate_ratio
        from outcomes
        left join
            base_rates
            on outcomes.source = base_rates.source
            and outcomes.asset = base_rates.asset
            and outcomes.timeframe = base_rates.timeframe
            and outcomes.horizon_hours = base_rates.horizon_hours
            and outcomes.direction = base_rates.direction

    ),

    bounded as (

        select
            *,
            {{ wilson_bound("hit_rate_ratio", "independent_count", -1) }} as hit_rate_low_ratio,
            {{ wilson_bound("hit_rate_ratio", "independent_count", 1) }} as hit_rate_high_ratio
        from compared

    )

select
    source,
    asset,
    signal,
    timeframe,
    horizon_hours,
    parameters_version,
    direction,
    occurrence_count,
    pending_count,
    missing_count,
    final_count,
    independent_count,
    hit_count,
    hit_rate_ratio,
    hit_rate_low_ratio,
    hit_rate_high_ratio,
    base_rate_ratio,
    base_bar_count,
    hit_rate_ratio / nullif(base_rate_ratio, 0) as lift_ratio,
    expected_rate_ratio,
    hit_rate_ratio / nullif(expected_rate_ratio, 0) as lift_over_volatility_ratio,
    hit_rate_low_ratio / nullif(expected_rate_ratio, 0) as lift_over_volatility_low_ratio,
    hit_rate_high_ratio / nullif(expected_rate_ratio, 0) as lift_over_volatility_high_ratio,
    case
        when independent_count < {{ threshold("claim_minimum_occurrences") }}
        then 'too_few'
        when {{ is_above_both("hit_rate_low_ratio") }}
        then 'supported'
        else 'not_supported'
    end as verdict,
    mean_forward_return_ratio
from bounded
