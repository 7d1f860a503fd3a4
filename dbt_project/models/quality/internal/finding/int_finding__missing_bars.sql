-- One row per hole in the bars of a source.
with

    spaced_bars as (

        select *, lead(event_at) over (partition by source, collector, symbol order by event_at) as next_event_at
        from {{ vendor_bar_ends() }}

    )

select
    case when any_value(known_gap.reason) is null then 'shown' else 'known gap' end as handling,
    spaced_bars.source,
    spaced_bars.collector as series,
    null as venue,
    spaced_bars.symbol as asset,
    spaced_bars.event_at as first_event_at,
    spaced_bars.next_event_at as last_event_at,
    ((epoch(spaced_bars.next_event_at) - epoch(spaced_bars.event_at)) / spaced_bars.interval_seconds - 1)::bigint
    as row_count,
    null::double as observed_value,
    null::double as expected_value,
    coalesce(any_value(known_gap.reason), 'the source has no bars here') as explanation
from spaced_bars
left join
    {{ ref("known_gap") }} as known_gap
    on spaced_bars.source = known_gap.source
    and spaced_bars.collector = known_gap.collector
    and spaced_bars.next_event_at > known_gap.gap_from
    and spaced_bars.event_at < known_gap.gap_to
where spaced_bars.next_event_at > spaced_bars.event_at + to_seconds(spaced_bars.interval_seconds)
group by
    spaced_bars.source,
    spaced_bars.collector,
    spaced_bars.symbol,
    spaced_bars.event_at,
    spaced_bars.next_event_at,
    spaced_bars.interval_seconds
