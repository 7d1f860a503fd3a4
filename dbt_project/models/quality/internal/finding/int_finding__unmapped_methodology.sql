-- One row per series that no methodology rule maps.
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
    reason || ' for ' || native_field || ' in ' || native_unit as explanation
from {{ ref("dq_unmapped_methodology") }}
