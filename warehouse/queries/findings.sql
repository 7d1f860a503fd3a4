-- What is wrong with the data, and what was done about it?
--
-- One row per finding. handling: quarantined and left out rows are in no total; shown ones are, and want a look;
-- known gap has a reason on record. series: what the finding is about within its source: the manifest or feed, for
-- rules on bars the timeframe. observed_value and expected_value: in the rule's own unit.
--
-- Not for: proof of absence. No finding means that no rule fired, not that a number is right.
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
