-- One row per hole in the bars of a source. Holes of several contracts that begin and end at the same bars are one row.
with

    spaced_bars as (

        select *, lag(event_at) over (partition by source, collector, symbol order by event_at) as previous_event_at
        from {{ vendor_bar_ends() }}

    ),

    holes as (

        select
            source,
            collector as series,
            null as venue,
            symbol as asset,
            previous_event_at + to_seconds(interval_seconds) as first_event_at,
            event_at - to_seconds(interval_seconds) as last_event_at,
            interval_seconds
        from spaced_bars
        where event_at > previous_event_at + to_seconds(interval_seconds)

        union all

        select
            source,
            case when count(distinct(venue, symbol)) = 1 then any_value(symbol) else 'several contracts' end as series,
            case when count(distinct venue) = 1 then any_value(venue) end as venue,
            case when count(distinct asset) = 1 then any_value(asset) end as asset,
            first_event_at,
            last_event_at,
            interval_seconds
        from {{ ref("int_quality__hole") }}
        group by source, first_event_at, last_event_at, interval_seconds

    )

select
    case when any_value(known_gap.reason) is null then 'shown' else 'known gap' end as handling,
    holes.source,
    holes.series,
    holes.venue,
    holes.asset,
    holes.first_event_at,
    holes.last_event_at,
    ((epoch(holes.last_event_at) - epoch(holes.first_event_at)) / holes.interval_seconds + 1)::bigint as row_count,
    null::double as observed_value,
    null::double as expected_value,
    coalesce(any_value(known_gap.reason), 'the source has no bars here') as explanation
from holes
left join
    {{ ref("known_gap") }} as known_gap
    on holes.source = known_gap.source
    and (known_gap.venue is null or known_gap.venue = holes.venue)
    and holes.last_event_at > coalesce(known_gap.gap_from, timestamp '1970-01-01')
    and holes.first_event_at < known_gap.gap_to
group by
    holes.source,
    holes.series,
    holes.venue,
    holes.asset,
    holes.first_event_at,
    holes.last_event_at,
    holes.interval_seconds
