{{ config(materialized="incremental", incremental_strategy="keep_final", full_refresh=false) }}

with

    horizons as (

        select
            signal.signal_id,
            horizon.horizon_hours,
            signal.source,
            signal.asset,
            signal.venue,
            signal.timeframe,
            signal.signal,
            signal.direction,
            signal.parameters_version,
            signal.event_at,
            signal.event_at + to_hours(horizon.horizon_hours) as known_at
        from {{ ref("fct_signal") }} as signal
        cross join (select unnest({{ outcome_horizons() }})) as horizon(horizon_hours)

    ),

    -- The outcomes that are not final in this table yet.
    open_ones as (

        select *
        from horizons
        {% if is_incremental() %}
            anti join
                (select signal_id, horizon_hours from {{ this }} where outcome_status = 'final') as final using (
                    signal_id, horizon_hours
                )
        {% endif %}

    ),

    -- A short gains when the price falls, so its moves have the opposite sign. All other directions use the move of the
    -- price.
    judged as (

        select
            open_ones.*,
            entry.reference_price_usd as entry_price_usd,
            outcome.forward_return_ratio,
            outcome.realized_volatility_to_median_ratio,
            case
                when direction = 'short' then 0 - highest_move_ratio else lowest_move_ratio
            end as largest_adverse_move_ratio,
            case
                when direction = 'short' then 0 - lowest_move_ratio else highest_move_ratio
            end as largest_favourable_move_ratio,
            case
                direction
                when 'volatility'
                then outcome.realized_volatility_to_median_ratio >= {{ threshold("volatility_spike_ratio") }}
                when 'long'
                then outcome.forward_return_ratio > 0
                else outcome.forward_return_ratio < 0
            end as is_hit
        from open_ones
        left join
            {{ ref("int_price__bar") }} as entry
            on open_ones.source = entry.source
            and open_ones.asset = entry.asset
            and open_ones.timeframe = entry.timeframe
            and open_ones.event_at = entry.event_at
        left join
            {{ ref("fct_bar_outcome") }} as outcome
            on open_ones.source = outcome.source
            and open_ones.asset = outcome.asset
            and open_ones.timeframe = outcome.timeframe
            and open_ones.horizon_hours = outcome.horizon_hours
            and open_ones.event_at = outcome.event_at

    )

select
    signal_id,
    horizon_hours,
    source,
    asset,
    venue,
    timeframe,
    signal,
    direction,
    parameters_version,
    event_at,
    known_at,
    case
        when known_at > {{ last_observed() }} then 'pending' when is_hit is null then 'missing_input' else 'final'
    end as outcome_status,
    entry_price_usd,
    forward_return_ratio,
    realized_volatility_to_median_ratio,
    largest_adverse_move_ratio,
    largest_favourable_move_ratio,
    is_hit
from judged
