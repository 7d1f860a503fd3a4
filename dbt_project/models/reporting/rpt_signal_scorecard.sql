with

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
            {{ independent_count("event_at", "horizon_hours", "outcome_status = 'final'") }} as independent_count
        from {{ ref("fct_signal_outcome") }}
        group by source, asset, signal, timeframe, horizon_hours, parameters_version

    ),

    bars as (

        select
            source,
            asset,
            timeframe,
            horizon_hours,
            count(forward_return_ratio) as return_count,
            count(*) filter (where forward_return_ratio > 0) as rise_count,
            count(*) filter (where forward_return_ratio < 0) as fall_count,
            count(realized_volatility_to_median_ratio) as volatility_count,
            count(*) filter (
                where realized_volatility_to_median_ratio >= {{ threshold("volatility_spike_ratio") }}
            ) as spike_count
        from {{ ref("fct_bar_outcome") }}
        group by source, asset, timeframe, horizon_hours

    ),

    compared as (

        select
            outcomes.*,
            outcomes.hit_count / nullif(outcomes.final_count, 0) as hit_rate_ratio,
            case
                outcomes.direction when 'volatility' then bars.volatility_count else bars.return_count
            end as base_bar_count,
            case
                outcomes.direction
                when 'volatility'
                then bars.spike_count / nullif(bars.volatility_count, 0)
                when 'long'
                then bars.rise_count / nullif(bars.return_count, 0)
                else bars.fall_count / nullif(bars.return_count, 0)
            end as base_rate_ratio
        from outcomes
        left join
            bars
            on outcomes.source = bars.source
            and outcomes.asset = bars.asset
            and outcomes.timeframe = bars.timeframe
            and outcomes.horizon_hours = bars.horizon_hours

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
    {{ wilson_bound("hit_rate_ratio", "independent_count", -1) }} as hit_rate_low_ratio,
    {{ wilson_bound("hit_rate_ratio", "independent_count", 1) }} as hit_rate_high_ratio,
    base_rate_ratio,
    base_bar_count,
    hit_rate_ratio / nullif(base_rate_ratio, 0) as lift_ratio,
    mean_forward_return_ratio
from compared
