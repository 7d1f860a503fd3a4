-- One row per venue whose open interest changed by more than the traded volume. A trade of one coin opens or closes at
-- most one coin of one-sided open interest (arXiv 2310.14973).
with

    volumes as (

        select source, venue, asset, timeframe, event_at, sum(volume_base) as volume_base
        from {{ ref("fct_price") }}
        where timeframe in ('1h', '4h') and bar_coverage_ratio = 1
        group by source, venue, asset, timeframe, event_at

    )

select
    'shown' as handling,
    bars.source,
    bars.timeframe as series,
    bars.venue,
    bars.asset,
    min(bars.event_at) as first_event_at,
    max(bars.event_at) as last_event_at,
    count(*) as row_count,
    max(abs(bars.linked_bar_base - bars.previous_bar_base) / volumes.volume_base) as observed_value,
    1.0 as expected_value,
    'open interest changed by more than was traded' as explanation
from {{ slow_bars() }} as bars
inner join
    volumes
    on bars.source = volumes.source
    and bars.venue = volumes.venue
    and bars.asset = volumes.asset
    and bars.timeframe = volumes.timeframe
    and bars.event_at = volumes.event_at
where abs(bars.linked_bar_base - bars.previous_bar_base) > volumes.volume_base
group by bars.source, bars.timeframe, bars.venue, bars.asset
