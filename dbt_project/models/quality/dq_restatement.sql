select
    source,
    collector,
    scope,
    venue_native,
    symbol,
    native_field,
    count(*) as restated_count,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    min(first_observed_at) as first_observed_at,
    max(newest_observed_at) as newest_observed_at,
    median(newest_oi_native / nullif(first_oi_native, 0)) as median_restatement_ratio
from {{ ref("stg_open_interest_restatement") }}
group by source, collector, scope, venue_native, symbol, native_field
