-- One row per source, asset, timeframe and bar with liquidations: liquidated USD, open interest of the same venues, and
-- the percentile of the bars before (window `cascade_liquidation`) that a cascade exceeds. A bar without a row was not
-- covered; it may have had liquidations.
with

    venues as (

        select
            source,
            asset,
            venue,
            timeframe,
            event_at,
            sum(long_liquidated_usd) as long_liquidated_usd,
            sum(short_liquidated_usd) as short_liquidated_usd,
            bool_and(coverage = 'full') as is_full
        from {{ ref("fct_liquidation") }}
        where timeframe <> '1d' and {{ changed("event_at", window="cascade_liquidation") }}
        group by source, asset, venue, timeframe, event_at

    ),

    bars as (

        select
            venues.source,
            venues.asset,
            venues.timeframe,
            venues.event_at,
            sum(venues.long_liquidated_usd) as long_liquidated_usd,
            sum(venues.short_liquidated_usd) as short_liquidated_usd,
            sum(venues.long_liquidated_usd) + sum(venues.short_liquidated_usd) as liquidated_usd,
            sum(oi.oi_usd) as oi_usd,
            bool_and(venues.is_full) as is_full
        from venues
        left join
            {{ ref("fct_venue_open_interest") }} as oi
            on venues.source = oi.source
            and venues.asset = oi.asset
            and venues.venue = oi.venue
            and venues.timeframe = oi.timeframe
            and venues.event_at = oi.event_at
            and oi.is_suspended is not true
        group by venues.source, venues.asset, venues.timeframe, venues.event_at

    )

select
    source,
    asset,
    timeframe,
    event_at,
    long_liquidated_usd,
    short_liquidated_usd,
    liquidated_usd,
    oi_usd,
    is_full,
    quantile_cont(liquidated_usd, {{ threshold_literal("cascade_liquidation_percentile") }}) over month_before
    as liquidated_99th_percentile_usd,
    count(*) over month_before
    * {{ timeframe_seconds("timeframe") }}
    / {{ window_seconds("cascade_liquidation") }} as window_coverage_ratio
from bars
window
    month_before as (partition by source, asset, timeframe order by event_at {{ frame_before("cascade_liquidation") }})
qualify {{ changed("event_at") }}
