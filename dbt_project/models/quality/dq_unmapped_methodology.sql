select
    source,
    collector,
    scope,
    venue_native,
    symbol,
    native_field,
    native_unit,
    reason,
    min(first_event_at) as first_event_at,
    max(last_event_at) as last_event_at,
    sum(row_count)::bigint as row_count
from {{ ref("int_quality__unmapped_day") }}
group by source, collector, scope, venue_native, symbol, native_field, native_unit, reason
