with

cascades as (

    select
        *,
        lag(event_at) over (
            partition by source, asset, timeframe, detected_by order by started_at
        ) as previous_event_at
    from {{ ref("fct_liquidation_cascade") }}

)

select *
from cascades
where not (started_at < ended_at and ended_at < event_at)
    or started_at < previous_event_at
