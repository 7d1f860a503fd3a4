-- One row per hole in the marks of a source.
with

spaced_marks as (

    select
        *,
        lead(event_at) over (partition by source, collector, symbol order by event_at) as next_event_at
    from {{ vendor_bar_ends() }}

)

select
    case when any_value(known_gap.reason) is null then 'shown' else 'known gap' end as handling,
    spaced_marks.source,
    spaced_marks.collector as series,
    null as venue,
    spaced_marks.symbol as asset,
    spaced_marks.event_at as first_event_at,
    spaced_marks.next_event_at as last_event_at,
    ((epoch(spaced_marks.next_event_at) - epoch(spaced_marks.event_at)) / spaced_marks.interval_seconds - 1)::bigint
        as row_count,
    null::double as observed_value,
    null::double as expected_value,
    coalesce(any_value(known_gap.reason), 'the source has no marks here') as explanation
from spaced_marks
left join {{ ref("known_gap") }} as known_gap
    on spaced_marks.source = known_gap.source
    and spaced_marks.collector = known_gap.collector
    and spaced_marks.next_event_at > known_gap.gap_from
    and spaced_marks.event_at < known_gap.gap_to
where spaced_marks.next_event_at > spaced_marks.event_at + to_seconds(spaced_marks.interval_seconds)
group by
    spaced_marks.source, spaced_marks.collector, spaced_marks.symbol, spaced_marks.event_at,
    spaced_marks.next_event_at, spaced_marks.interval_seconds
