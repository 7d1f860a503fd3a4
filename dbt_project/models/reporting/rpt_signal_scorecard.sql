{#- 95 % of a normal distribution lie within so many deviations. -#}
{%- set z = 1.959964 %}

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
        -- One after the other, each that begins when the horizon of the last one counted is over.
        coalesce(list_reduce(
            list(struct_pack(kept := 1::bigint, since := epoch(event_at)) order by event_at)
                filter (where outcome_status = 'final'),
            lambda last_one, next_one:
                case
                    when next_one.since >= last_one.since + 3600 * horizon_hours
                        then struct_pack(kept := last_one.kept + 1, since := next_one.since)
                    else last_one
                end
        ).kept, 0) as independent_occurrence_count
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
        case outcomes.direction
            when 'volatility' then bars.volatility_count
            else bars.return_count
        end as base_bar_count,
        case outcomes.direction
            when 'volatility' then bars.spike_count / nullif(bars.volatility_count, 0)
            when 'long' then bars.rise_count / nullif(bars.return_count, 0)
            else bars.fall_count / nullif(bars.return_count, 0)
        end as base_rate_ratio
    from outcomes
    left join bars
        on outcomes.source = bars.source
        and outcomes.asset = bars.asset
        and outcomes.timeframe = bars.timeframe
        and outcomes.horizon_hours = bars.horizon_hours

),

-- Wilson's interval: its middle and half its width are both over this denominator.
bounded as (

    select
        *,
        1 + {{ z * z }} / nullif(independent_occurrence_count, 0) as denominator,
        hit_rate_ratio + {{ z * z }} / (2 * nullif(independent_occurrence_count, 0)) as middle,
        {{ z }} * sqrt(
            hit_rate_ratio * (1 - hit_rate_ratio) / nullif(independent_occurrence_count, 0)
            + {{ z * z }} / (4 * nullif(independent_occurrence_count, 0) * independent_occurrence_count)
        ) as half_width
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
    independent_occurrence_count,
    hit_count,
    hit_rate_ratio,
    -- Bounds beyond 0 or 1 are rounding; of nothing there are none.
    case when final_count > 0 then greatest(0, (middle - half_width) / denominator) end as hit_rate_low_ratio,
    case when final_count > 0 then least(1, (middle + half_width) / denominator) end as hit_rate_high_ratio,
    base_rate_ratio,
    base_bar_count,
    hit_rate_ratio / nullif(base_rate_ratio, 0) as lift_ratio,
    mean_forward_return_ratio
from bounded
