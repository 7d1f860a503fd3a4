with

    -- Periods that touch or overlap count as one. The latest end of all earlier periods shows where a gap begins, also
    -- where periods overlap.
    stretches as (

        select
            source,
            venue,
            symbol as stream,
            covered_from,
            max(event_at) over (
                partition by source, venue, symbol
                order by covered_from, event_at
                rows between unbounded preceding and 1 preceding
            ) as covered_until
        from {{ ref("stg_stream_coverage") }}

    )

select
    source,
    venue,
    stream,
    covered_until as gap_from,
    covered_from as gap_to,
    epoch(covered_from - covered_until) as gap_seconds
from stretches
where covered_from > covered_until
