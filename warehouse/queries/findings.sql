-- Which faults does the data have, and how did the warehouse handle them?
--
-- One row per rule and series, the most severe first. occurrence_count: how often it occurred, from first_event_at to
-- last_event_at. severity: high (totals or signals use the values of a venue with at least 5 % of the asset's open
-- interest), medium, low (a venue below 1 %, a known gap). Low findings are left out here; add 'low' below to see them.
-- handling: no total counts rows that are quarantined or left out. observed_value and expected_value: of the newest
-- occurrence, in the unit of the rule. Each occurrence has a row in quality.dq_finding_occurrence.
--
-- Not for: proof that a number is right. No finding means only that no rule fired.
with

    parameters as (

        select ['high', 'medium'] as severities  -- change here

    )

select
    finding.severity,
    finding.rule,
    finding.handling,
    finding.source,
    finding.series,
    finding.venue,
    finding.asset,
    finding.first_event_at,
    finding.last_event_at,
    finding.occurrence_count,
    finding.row_count,
    finding.observed_value,
    finding.expected_value,
    finding.oi_share_ratio,
    finding.signal_count,
    finding.explanation
from quality.dq_finding as finding
inner join parameters on list_contains(parameters.severities, finding.severity)
order by finding.severity, finding.oi_share_ratio desc, finding.rule, finding.source, finding.venue, finding.asset
