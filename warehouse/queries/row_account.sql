-- What became of the landed rows, and which of them count in no total?
--
-- One row per dataset, source, collector, state and reason. Every landed row is counted once, so the counts of a
-- dataset add up to what landed. state: in_core; superseded (a newer observation or another row of the same fact is
-- used); unmapped (a seed row is missing: venue_alias, contract_spec, symbol_multiplier or oi_methodology); quarantined
-- (a value that cannot be true); unused (no metric reads such rows). symbols: the first names concerned.
--
-- Not for: single files, see docs/metrics/quality.md; freshness, see `oiw status`.
select
    dataset,
    source,
    collector,
    scope,
    state,
    reason,
    sum(row_count)::bigint as row_count,
    count(distinct symbol) as symbol_count,
    array_to_string(list_sort(list(distinct symbol))[:5], ', ') as symbols,
    min(first_event_at) as first_event_at,
    max(last_event_at) as last_event_at
from quality.dq_row_account
group by dataset, source, collector, scope, state, reason
order by state in ('in_core', 'superseded'), dataset, source, collector, state, reason
