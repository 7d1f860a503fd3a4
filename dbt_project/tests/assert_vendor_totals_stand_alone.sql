with

    scopes as (

        select distinct source, asset, date_trunc('day', event_at) as day, 'instrument' as scope
        from {{ tested(ref("fct_open_interest")) }}
        where not is_quarantined and native_timeframe is not null

        union all

        select distinct source, asset, date_trunc('day', event_at) as day, 'venue_total' as scope
        from {{ tested(ref("fct_venue_total_open_interest")) }}
        where not is_quarantined and native_timeframe is not null

    )

select source, asset, day
from scopes
group by source, asset, day
having count(*) > 1
