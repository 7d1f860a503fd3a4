-- What is wrong with the data, and what did the warehouse do about it?
--
-- One row per finding. handling: quarantined and left out rows are in no total. Shown rows are in the totals and
-- need a look. A known gap has a recorded reason. series: the series of the source that has the finding: a manifest
-- or feed, or the timeframe for rules on bars. observed_value and expected_value: in the unit of the rule.
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
