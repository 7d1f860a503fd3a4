-- One row per series with open interest of exactly zero.
select
    'quarantined' as handling,
    source,
    collector as series,
    venue,
    asset,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(*) as row_count,
    0.0 as observed_value,
    null::double as expected_value,
    'open interest of exactly zero: a failed read, not an empty market' as explanation
from {{ ref("fct_open_interest") }}
where quality_flag = 'zero'
group by source, collector, venue, asset
