select event.collector, event.coverage, stream.coverage as stream_coverage, count(*) as event_count
from {{ tested(ref("fct_liquidation_event")) }} as event
inner join
    (select distinct collector, coverage from {{ ref("liquidation_stream") }}) as stream
    on event.collector = stream.collector
where event.coverage <> stream.coverage
group by event.collector, event.coverage, stream.coverage
