with

    core_rows as (

        select hash(source, venue, asset) as venue_key, measured_at, interval_seconds
        from {{ tested(ref("fct_open_interest"), window="bar") }}

        union all

        select hash(source, venue, asset) as venue_key, measured_at, interval_seconds
        from {{ tested(ref("fct_venue_total_open_interest"), window="bar") }}

    )

-- The bars without a measurement that still counts at their end.
select bars.source, bars.venue, bars.asset, bars.timeframe, bars.event_at, bars.measured_at
from {{ tested(ref("fct_venue_open_interest")) }} as bars
anti join
    core_rows
    on hash(bars.source, bars.venue, bars.asset) = core_rows.venue_key
    and bars.measured_at = core_rows.measured_at
    and bars.event_at <= {{ level_valid_until("core_rows.measured_at", "core_rows.interval_seconds") }}
