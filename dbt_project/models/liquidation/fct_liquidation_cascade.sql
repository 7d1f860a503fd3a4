with

    liquidation_bars as (

        select source, asset, timeframe, event_at, long_liquidated_usd, short_liquidated_usd, liquidated_usd, is_full
        from {{ ref("int_liquidation__bar") }}
        where
            window_coverage_ratio >= {{ threshold("minimum_window_coverage") }}
            and liquidated_usd > liquidated_99th_percentile_usd
            and liquidated_usd > {{ threshold("cascade_minimum_oi_share") }} * oi_usd

    ),

    -- A drop of open interest counts only where no full liquidation feed covers the bar.
    drop_bars as (

        select drop_bar.source, drop_bar.asset, drop_bar.timeframe, drop_bar.event_at
        from {{ ref("int_liquidation__oi_drop") }} as drop_bar
        left join
            {{ ref("int_liquidation__bar") }} as feed
            on drop_bar.source = feed.source
            and drop_bar.asset = feed.asset
            and drop_bar.timeframe = feed.timeframe
            and drop_bar.event_at = feed.event_at
            and feed.is_full
        where feed.event_at is null

    ),

    -- The bars that a detector found. A bar that both found is one bar.
    bars as (

        select
            source,
            asset,
            timeframe,
            event_at,
            bool_or(detected_by = 'liquidations') as is_by_liquidations,
            bool_or(detected_by = 'oi_drop') as is_by_oi_drop,
            max(long_liquidated_usd) as long_liquidated_usd,
            max(short_liquidated_usd) as short_liquidated_usd
        from
            (
                select
                    'liquidations' as detected_by,
                    source,
                    asset,
                    timeframe,
                    event_at,
                    long_liquidated_usd,
                    short_liquidated_usd
                from liquidation_bars

                union all

                select
                    'oi_drop' as detected_by,
                    source,
                    asset,
                    timeframe,
                    event_at,
                    null as long_liquidated_usd,
                    null as short_liquidated_usd
                from drop_bars
            )
        group by source, asset, timeframe, event_at

    ),

    -- Each bar with the bar before it and the longest gap that still joins the two.
    stepped as (

        select
            *,
            {{ timeframe_seconds("timeframe") }} as bar_seconds,
            case
                timeframe
                when '5m'
                then {{ threshold_literal("cascade_join_gap_minutes") }} * 60
                else {{ timeframe_seconds("timeframe") }}
            end as join_gap_seconds,
            lag(event_at) over (partition by source, asset, timeframe order by event_at) as previous_at
        from bars

    ),

    -- Two bars belong to one cascade when the time from the end of the first to the start of the second is shorter than
    -- the gap.
    grouped as (

        select
            *,
            sum(
                case when epoch(event_at) - bar_seconds - epoch(previous_at) < join_gap_seconds then 0 else 1 end
            ) over (partition by source, asset, timeframe order by event_at) as cascade_number
        from stepped

    ),

    cascades as (

        select
            source,
            asset,
            timeframe,
            bar_seconds,
            min(event_at) - to_seconds(any_value(bar_seconds)) as started_at,
            max(event_at) as event_at,
            max(event_at) + to_seconds(any_value(join_gap_seconds)) as known_at,
            count(*) as bar_count,
            bool_or(is_by_liquidations) as is_by_liquidations,
            bool_or(is_by_oi_drop) as is_by_oi_drop,
            sum(long_liquidated_usd) as long_liquidated_usd,
            sum(short_liquidated_usd) as short_liquidated_usd
        from grouped
        group by source, asset, timeframe, bar_seconds, cascade_number

    )

select
    md5(
        concat_ws(
            '|', cascades.source, cascades.asset, cascades.timeframe, strftime(cascades.started_at, '%Y-%m-%dT%H:%M:%S')
        )
    ) as cascade_id,
    cascades.source,
    cascades.asset,
    cascades.timeframe,
    case
        when cascades.is_by_liquidations and cascades.is_by_oi_drop
        then 'liquidations, oi_drop'
        when cascades.is_by_liquidations
        then 'liquidations'
        else 'oi_drop'
    end as detected_by,
    cascades.started_at,
    cascades.event_at,
    cascades.known_at,
    cascades.known_at > {{ last_observed() }} as is_open,
    cascades.bar_count,
    cascades.long_liquidated_usd,
    cascades.short_liquidated_usd,
    case
        when cascades.long_liquidated_usd > cascades.short_liquidated_usd
        then 'long'
        when cascades.short_liquidated_usd > cascades.long_liquidated_usd
        then 'short'
    end as dominant_side
from cascades
