-- One row per venue whose open interest changed by more than the traded volume. A trade of one coin opens or closes at
-- most one coin of one-sided open interest (arXiv 2310.14973).
with

    volumes as (

        select source, venue, asset, timeframe, event_at, sum(volume_base) as volume_base
        from {{ ref("fct_price") }}
        where timeframe in ('1h', '4h') and bar_coverage_ratio = 1
        group by source, venue, asset, timeframe, event_at

    ),

    -- Volume far below the usual one is a broken candle and says nothing about open interest.
    usual_volumes as (

        select
            *,
            median(volume_base) over (
                partition by source, venue, asset, timeframe order by event_at {{ frame_before("regime_volume") }}
            ) as usual_volume_base
        from volumes

    ),

    excesses as (

        select
            bars.source,
            bars.timeframe,
            bars.venue,
            bars.asset,
            bars.event_at,
            abs(bars.linked_bar_base - bars.previous_bar_base) as change_base,
            volumes.volume_base
        from {{ slow_bars() }} as bars
        inner join
            usual_volumes as volumes
            on bars.source = volumes.source
            and bars.venue = volumes.venue
            and bars.asset = volumes.asset
            and bars.timeframe = volumes.timeframe
            and bars.event_at = volumes.event_at
        where
            volumes.volume_base > 0
            and volumes.volume_base >= {{ threshold("broken_candle_share") }} * coalesce(volumes.usual_volume_base, 0)
            and abs(bars.linked_bar_base - bars.previous_bar_base) > volumes.volume_base

    )

select
    'shown' as handling,
    source,
    timeframe as series,
    venue,
    asset,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(*) as row_count,
    max(change_base / volume_base) as observed_value,
    1.0 as expected_value,
    format(
        'change of open interest over volume in coins, at most 1: at worst {:.6g} changed, {:.6g} were traded',
        arg_max(change_base, change_base / volume_base),
        arg_max(volume_base, change_base / volume_base)
    ) as explanation
from excesses
group by source, timeframe, venue, asset
