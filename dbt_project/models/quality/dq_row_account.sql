select
    dataset,
    source,
    collector,
    scope,
    venue_native,
    symbol,
    field,
    native_unit,
    state,
    reason,
    sum(row_count)::bigint as row_count,
    min(first_event_at) as first_event_at,
    max(last_event_at) as last_event_at
from {{ ref("int_quality__account_day") }}
group by dataset, source, collector, scope, venue_native, symbol, field, native_unit, state, reason
