-- One row per venue that is missing in bars for which the source has other venues.
with

    -- First and last bar of each venue of a source.
    venue_lives as (

        select source, collector, symbol, venue, min(event_at) as first_event_at, max(event_at) as last_event_at
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
    min(bars.event_at) as first_event_at,
    max(bars.event_at) as last_event_at,
    count(*) as row_count,
    null::double as observed_value,
    null::double as expected_value,
    case
        when max(bars.event_at) < any_value(lives.first_event_at)
        then 'not reported before its first bar'
        when min(bars.event_at) > any_value(lives.last_event_at)
        then 'no longer reported'
        else 'missing at bars that other venues have'
    end as explanation
from venue_lives as lives
inner join
    {{ vendor_bar_ends() }} as bars
    on lives.source = bars.source
    and lives.collector = bars.collector
    and lives.symbol = bars.symbol
left join
    {{ ref("stg_open_interest") }} as present
    on lives.source = present.source
    and lives.collector = present.collector
    and lives.symbol = present.symbol
    and lives.venue = present.venue
    and bars.event_at = present.event_at
    and present.oi_native is not null
where present.event_at is null
group by lives.source, lives.collector, lives.venue, lives.symbol
