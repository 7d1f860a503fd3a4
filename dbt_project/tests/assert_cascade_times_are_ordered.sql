with

    cascades as (

        select *, lag(known_at) over (partition by source, asset, timeframe order by started_at) as previous_known_at
        from {{ ref("fct_liquidation_cascade") }}

    )

select *
from cascades
where not (started_at < event_at and event_at < known_at) or started_at < previous_known_at
