with

    horizons as (

        select
            cascade.cascade_id,
            cascade.source,
            cascade.asset,
            cascade.timeframe,
            cascade.started_at,
            cascade.event_at as ended_at,
            cascade.known_at as closed_at,
            horizon.horizon_hours,
            cascade.event_at + to_hours(horizon.horizon_hours) as horizon_at
        from {{ ref("fct_liquidation_cascade") }} as cascade
        cross join (select unnest({{ cascade_horizons() }}) as horizon_hours) as horizon

    ),

    -- Open interest of each venue from the start of the cascade to the horizon, without glitches.
    levels as (

        select
            horizons.cascade_id,
            horizons.horizon_hours,
            horizons.started_at,
            horizons.ended_at,
            horizons.horizon_at,
            oi.venue,
            oi.event_at,
            oi.oi_base,
            oi.usd_sized_oi_base,
            oi.usd_sized_face_usd
        from horizons
        inner join
            {{ ref("fct_venue_open_interest") }} as oi
            on horizons.source = oi.source
            and horizons.asset = oi.asset
            and horizons.timeframe = oi.timeframe
            and oi.event_at >= horizons.started_at
            and oi.event_at <= horizons.horizon_at
            and oi.is_suspended is not true

    ),

    -- The venues that are present at the start, at the end and at the horizon. A venue that comes or goes in between
    -- must not look like a change of open interest. A contract that is sized in USD keeps the coins that it was
    -- worth at the start, so that the price does not look like a change either.
    linked_venues as (

        select
            cascade_id,
            horizon_hours,
            venue,
            coalesce(
                max(case when event_at = started_at then usd_sized_oi_base / nullif(usd_sized_face_usd, 0) end), 0
            ) as coins_per_usd
        from levels
        group by cascade_id, horizon_hours, venue
        having bool_or(event_at = started_at) and bool_or(event_at = ended_at) and bool_or(event_at = horizon_at)

    ),

    -- Open interest of the linked venues together, bar by bar.
    bars as (

        select
            levels.cascade_id,
            levels.horizon_hours,
            levels.event_at,
            levels.started_at,
            levels.ended_at,
            levels.horizon_at,
            sum(
                levels.oi_base
                + coalesce(levels.usd_sized_face_usd * linked_venues.coins_per_usd - levels.usd_sized_oi_base, 0)
            ) as oi_base,
            count(*) as venue_count,
            max(count(*)) over (partition by levels.cascade_id, levels.horizon_hours) as linked_venue_count
        from levels
        inner join
            linked_venues
            on levels.cascade_id = linked_venues.cascade_id
            and levels.horizon_hours = linked_venues.horizon_hours
            and levels.venue = linked_venues.venue
        group by
            levels.cascade_id,
            levels.horizon_hours,
            levels.event_at,
            levels.started_at,
            levels.ended_at,
            levels.horizon_at

    ),

    -- Start, end, trough and horizon, from bars in which all linked venues are present.
    measured as (

        select
            cascade_id,
            horizon_hours,
            max(case when event_at = started_at then oi_base end) as oi_before_base,
            max(case when event_at = ended_at then oi_base end) as oi_end_base,
            max(case when event_at = horizon_at then oi_base end) as oi_at_horizon_base,
            min(case when event_at > started_at then oi_base end) as oi_trough_base,
            arg_min(event_at, oi_base) filter (where event_at > started_at) as trough_at
        from bars
        where venue_count = linked_venue_count
        group by cascade_id, horizon_hours

    ),

    ratios as (

        select
            horizons.*,
            measured.oi_before_base,
            measured.oi_end_base,
            measured.oi_trough_base,
            measured.trough_at,
            measured.oi_at_horizon_base,
            measured.oi_trough_base / nullif(measured.oi_before_base, 0) - 1 as drawdown_ratio,
            measured.oi_at_horizon_base / nullif(measured.oi_end_base, 0) as stabilization_ratio,
            -- NULL where open interest did not fall, because there is nothing to recover.
            case
                when measured.oi_trough_base < measured.oi_before_base
                then
                    (measured.oi_at_horizon_base - measured.oi_trough_base)
                    / (measured.oi_before_base - measured.oi_trough_base)
            end as recovered_ratio,
            measured.oi_at_horizon_base / nullif(measured.oi_before_base, 0) - 1 as change_from_before_ratio,
            greatest(horizons.horizon_at, horizons.closed_at) as known_at,
            greatest(horizons.horizon_at, horizons.closed_at) > {{ last_observed() }} as is_pending
        from horizons
        left join
            measured on horizons.cascade_id = measured.cascade_id and horizons.horizon_hours = measured.horizon_hours

    ),

    -- Both facts behind the verdict. They can hold together: open interest may lie 12 % below its value before the
    -- cascade and not have fallen since the cascade ended.
    judged as (

        select
            *,
            stabilization_ratio >= {{ threshold("absorbed_stabilization") }} as is_absorbed,
            case
                when horizon_hours = {{ threshold_literal("stabilization_verdict_hours") }}
                then
                    change_from_before_ratio
                    between {{ threshold("exhausted_change_low") }} and {{ threshold("exhausted_change_high") }}
            end as is_exhausted
        from ratios

    )

select
    cascade_id,
    source,
    asset,
    timeframe,
    horizon_hours,
    started_at,
    ended_at as event_at,
    known_at,
    case when not is_pending then oi_before_base end as oi_before_base,
    case when not is_pending then oi_end_base end as oi_end_base,
    case when not is_pending then oi_trough_base end as oi_trough_base,
    case when not is_pending then trough_at end as trough_at,
    case when not is_pending then oi_at_horizon_base end as oi_at_horizon_base,
    case when not is_pending then drawdown_ratio end as drawdown_ratio,
    case when not is_pending then stabilization_ratio end as stabilization_ratio,
    case when not is_pending then recovered_ratio end as recovered_ratio,
    case when not is_pending then change_from_before_ratio end as change_from_before_ratio,
    case when not is_pending then is_absorbed end as is_absorbed,
    case when not is_pending then is_exhausted end as is_exhausted,
    case
        when is_pending
        then 'pending'
        when stabilization_ratio is null
        then 'missing_input'
        when is_absorbed
        then 'absorbed'
        when is_exhausted
        then 'exhausted'
        else 'unwinding'
    end as verdict
from judged
