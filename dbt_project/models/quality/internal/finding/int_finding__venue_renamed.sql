-- One row per venue whose name a source changed: one name ends where another begins, within two bars and at about the
-- same level.
with

    names as (

        select
            source,
            collector,
            venue,
            venue_native,
            symbol,
            any_value(interval_seconds) as interval_seconds,
            min(event_at) as first_event_at,
            max(event_at) as last_event_at,
            arg_min(oi_native, event_at) as first_oi_native,
            arg_max(oi_native, event_at) as last_oi_native
        from {{ ref("stg_open_interest") }}
        where scope = 'venue_total' and interval_seconds is not null and oi_native is not null
        group by source, collector, venue, venue_native, symbol

    )

select
    'joined by venue_alias' as handling,
    old_name.source,
    old_name.collector as series,
    coalesce(new_name.venue, new_name.venue_native) as venue,
    old_name.symbol as asset,
    old_name.last_event_at as first_event_at,
    new_name.first_event_at as last_event_at,
    1 as row_count,
    new_name.first_oi_native as observed_value,
    old_name.last_oi_native as expected_value,
    old_name.venue_native || ' became ' || new_name.venue_native as explanation
from names as old_name
inner join
    names as new_name
    on old_name.source = new_name.source
    and old_name.collector = new_name.collector
    and old_name.symbol = new_name.symbol
    and old_name.venue_native <> new_name.venue_native
    and new_name.first_event_at > old_name.last_event_at
    and new_name.first_event_at
    <= old_name.last_event_at + to_seconds({{ threshold_literal("venue_renamed_bars") }} * old_name.interval_seconds)
    and abs(new_name.first_oi_native / nullif(old_name.last_oi_native, 0) - 1)
    < {{ threshold_literal("venue_renamed_tolerance") }}
