with

    core_rows as (

        select hash(source, venue, asset) as venue_key, measured_at, interval_seconds
        from {{ tested(ref("fct_open_interest"), window="bar") }}

        union all

        select hash(source, venue, asset) as venue_key, measured_at, interval_seconds
        from {{ tested(ref("fct_venue_total_open_interest"), window="bar") }}

    ),

    -- The last bar end at which the measurements of an instant still count.
    measurements as (

        select venue_key, measured_at, max({{ level_valid_until("measured_at", "interval_seconds") }}) as valid_until
        from core_rows
        group by venue_key, measured_at

    )

select bars.source, bars.venue, bars.asset, bars.timeframe, bars.event_at, bars.measured_at, measurements.valid_until
from {{ tested(ref("fct_venue_open_interest")) }} as bars
left join
    measurements
    on hash(bars.source, bars.venue, bars.asset) = measurements.venue_key
    and bars.measured_at = measurements.measured_at
where coalesce(bars.event_at > measurements.valid_until, true)
