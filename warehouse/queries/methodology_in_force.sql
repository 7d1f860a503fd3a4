-- Which rule converted each venue's open interest, and how certain is the rule?
--
-- One row per rule that converted rows. sides: the divisor of the published number. sides_confidence: high (the
-- venue states it, or it was measured), medium, assumed, disputed. valid_from and valid_to: the period of the rule;
-- growth is not computed across its ends. evidence: the reason for the rule.
--
-- Not for: venues without a row here. The warehouse left out their rows, because no rule matched
-- (quality.dq_unmapped_methodology).
with

    used as (

        select methodology_id, count(*) as row_count, min(event_at) as first_event_at, max(event_at) as last_event_at
        from
            (
                select methodology_id, event_at
                from core.fct_open_interest
                union all
                select methodology_id, event_at
                from core.fct_venue_total_open_interest
            ) as levels
        group by methodology_id

    )

select
    methodology.source,
    methodology.scope,
    methodology.venue,
    methodology.settlement,
    methodology.native_field,
    methodology.native_unit,
    methodology.sides,
    methodology.sides_confidence,
    methodology.price_used,
    methodology.valid_from,
    methodology.valid_to,
    used.row_count,
    used.first_event_at,
    used.last_event_at,
    methodology.methodology_id,
    methodology.evidence
from used
inner join core.dim_oi_methodology as methodology on used.methodology_id = methodology.methodology_id
order by methodology.source, methodology.scope, methodology.venue, methodology.methodology_id
