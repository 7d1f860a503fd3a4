-- One row per series of any dataset that no venue name, instrument, asset or methodology rule maps.
select
    'left out' as handling,
    source,
    collector as series,
    venue_native as venue,
    symbol as asset,
    first_event_at,
    last_event_at,
    row_count,
    null::double as observed_value,
    null::double as expected_value,
    reason || ' for ' || dataset || ' ' || native_field || coalesce(' in ' || native_unit, '') as explanation
from {{ ref("dq_unmapped_methodology") }}
