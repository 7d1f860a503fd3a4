-- One row per series whose source changed its own history.
select
    'newest observation used' as handling,
    restatement.source,
    restatement.collector || ': ' || restatement.native_field as series,
    coalesce(venue_alias.venue, restatement.venue_native) as venue,
    restatement.symbol as asset,
    restatement.first_event_at,
    restatement.last_event_at,
    restatement.restated_count as row_count,
    restatement.median_restatement_ratio as observed_value,
    1.0 as expected_value,
    'the source changed its own history; the older values stay in raw' as explanation
from {{ ref("dq_restatement") }} as restatement
left join
    {{ ref("venue_alias") }} as venue_alias
    on restatement.source = venue_alias.source
    and restatement.venue_native = venue_alias.venue_native
