-- Which faults does the data have, and how did the warehouse handle them?
--
-- One row per finding. handling: no total counts rows that are quarantined or left out. The totals count shown rows:
-- look at these yourself. A known gap has a recorded reason. series: the manifest or feed with the finding; for rules
-- on bars, the timeframe. observed_value and expected_value: in the unit of the rule.
--
-- Not for: proof that a number is right. No finding means only that no rule fired.
select
    rule,
    handling,
    source,
    series,
    venue,
    asset,
    first_event_at,
    last_event_at,
    row_count,
    observed_value,
    expected_value,
    explanation
from quality.dq_finding
order by rule, source, venue, asset, first_event_at
