-- One row per run of bars on which a venue did not move at all.
with

-- The slower bars are enough to see a feed that stands still or jumps, and a fraction of the work.
bars as (

    select
        source,
        venue,
        asset,
        timeframe,
        event_at,
        oi_base,
        linked_4h_base,
        previous_4h_base,
        linked_bar_base,
        previous_bar_base
    from {{ ref("fct_venue_open_interest") }}
    where timeframe in ('1h', '4h')

),

runs as (

    select
        *,
        sum(case when linked_bar_base = previous_bar_base then 0 else 1 end)
            over (partition by source, venue, asset, timeframe order by event_at) as run_number
    from bars

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
