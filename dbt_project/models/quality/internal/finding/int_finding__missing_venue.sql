-- One row per venue that a source leaves out of marks that it has for others.
with

venue_lives as (

    select
        source,
        collector,
        symbol,
        venue,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at
    from {{ ref("stg_open_interest") }}
    where scope = 'venue_total' and interval_seconds is not null and oi_native is not null
    group by source, collector, symbol, venue

)

select
    'absent, growth chain-linked' as handling,
    lives.source,
    lives.collector as series,
    lives.venue,
    lives.symbol as asset,
    min(marks.event_at) as first_event_at,
    max(marks.event_at) as last_event_at,
    count(*) as row_count,
    null::double as observed_value,
    null::double as expected_value,
    case
        when max(marks.event_at) < any_value(lives.first_event_at) then 'not reported before its first mark'
        when min(marks.event_at) > any_value(lives.last_event_at) then 'no longer reported'
        else 'missing at marks that other venues have'
    end as explanation
from venue_lives as lives
inner join {{ vendor_bar_ends() }} as marks
    on lives.source = marks.source
    and lives.collector = marks.collector
    and lives.symbol = marks.symbol
left join {{ ref("stg_open_interest") }} as present
    on lives.source = present.source
    and lives.collector = present.collector
    and lives.symbol = present.symbol
    and lives.venue = present.venue
    and marks.event_at = present.event_at
    and present.oi_native is not null
where present.event_at is null
group by lives.source, lives.collector, lives.venue, lives.symbol
