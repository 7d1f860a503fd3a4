-- One row per series whose source changed its own history.
select
    'newest observation used' as handling,
    source,
    collector || ': ' || native_field as series,
    venue_native as venue,
    symbol as asset,
    first_event_at,
    last_event_at,
    restated_count as row_count,
    median_restatement_ratio as observed_value,
    1.0 as expected_value,
    'the source changed its own history; the older values stay in raw' as explanation
from {{ ref("dq_restatement") }}
