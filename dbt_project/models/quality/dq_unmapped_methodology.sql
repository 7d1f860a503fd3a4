select
    dataset,
    source,
    collector,
    scope,
    venue_native,
    symbol,
    field as native_field,
    native_unit,
    reason,
    first_event_at,
    last_event_at,
    row_count
from {{ ref("dq_row_account") }}
where state = 'unmapped'
