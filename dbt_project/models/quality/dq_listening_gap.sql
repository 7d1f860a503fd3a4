with

-- Stretches that touch are one; the latest end so far tells what lies before a stretch, also where two overlap.
stretches as (

    select
        source,
        venue,
        symbol as stream,
        listened_from,
        max(event_at) over (
            partition by source, venue, symbol
            order by listened_from, event_at rows between unbounded preceding and 1 preceding
        ) as listened_until
    from {{ ref("stg_listening") }}

)

select
    source,
    venue,
    stream,
    listened_until as gap_from,
    listened_from as gap_to,
    epoch(listened_from - listened_until) as gap_seconds
from stretches
where listened_from > listened_until
