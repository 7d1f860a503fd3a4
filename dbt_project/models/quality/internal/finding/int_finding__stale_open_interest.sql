-- One row per run of bars in which the open interest of a venue did not change in contracts.
with

    -- A new run begins with every change of the value.
    runs as (

        select
            *,
            sum(
                case
                    when abs(linked_bar_base / previous_bar_base - 1) <= {{ threshold_literal("index_rounding") }}
                    then 0
                    else 1
                end
            ) over (partition by source, venue, asset, timeframe order by event_at) as run_number
        from {{ slow_bars() }}

    )

select
    'shown' as handling,
    source,
    timeframe as series,
    venue,
    asset,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(*) as row_count,
    any_value(oi_base) as observed_value,
    null::double as expected_value,
    'the same value bar after bar' as explanation
from runs
group by source, venue, asset, timeframe, run_number
having count(*) > {{ threshold("stale_bars") }}
