-- Which open interest is in the warehouse, for which period, and how complete is it?
--
-- One row per source, scope, venue, asset and native grain. present_ratio: number of instants over the number of bars
-- between the first and the last; NULL for irregular sources. If series of two grains (bar lengths) have a value at
-- one instant, only the finer one counts it. quarantined_count: rows that a quality flag keeps out of all totals.
--
-- Not for: the time of the last load (use `oiw status`). last_event_at is the time at which the value was true.
with

    levels as (

        select source, 'instrument' as scope, venue, asset, native_timeframe, event_at, symbol, is_quarantined
        from core.fct_open_interest

        union all

        select source, 'venue_total' as scope, venue, asset, native_timeframe, event_at, asset as symbol, is_quarantined
        from core.fct_venue_total_open_interest

    )

select
    source,
    scope,
    venue,
    asset,
    native_timeframe,
    count(*) as row_count,
    count(distinct symbol) as instrument_count,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(distinct event_at) / (
        extract(epoch from max(event_at) - min(event_at)) / case
            native_timeframe
            when '5m'
            then 300
            when '15m'
            then 900
            when '1h'
            then 3600
            when '4h'
            then 14400
            when '1d'
            then 86400
        end
        + 1
    ) as present_ratio,
    sum(case when is_quarantined then 1 else 0 end) as quarantined_count
from levels
group by source, scope, venue, asset, native_timeframe
order by source, scope, venue, asset, native_timeframe
