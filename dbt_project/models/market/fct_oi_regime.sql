with

    -- The level jumps when a venue comes or goes, so the band is computed from an index that growth links from bar to
    -- bar. Bars below 1h add nothing to a band of 30 days, and their quantiles would cost more than the rest of this
    -- model.
    indexed as ({{ chain_linked_index(window="regime_band") }}),

    volumes as (

        select
            hash(source, asset, timeframe) as series_key,
            event_at,
            sum(volume_usd) as volume_usd,
            count(distinct venue) as volume_venue_count
        from {{ ref("fct_price") }}
        where
            timeframe in {{ coarse_timeframes() }}
            and volume_usd is not null
            -- The volume of an incomplete bar is incomplete.
            and bar_coverage_ratio >= 1
            and {{ changed("event_at", window="regime_volume") }}
        group by hash(source, asset, timeframe), event_at

    ),

    -- Every bar with open interest, and every bar with a volume, also where open interest has a hole.
    bars as (select * from indexed full join volumes using (series_key, event_at)),

    -- Each bar with the quantiles of the bars before it. The window of the index stays within one chain of linked bars.
    framed as (

        select
            *,
            quantile_cont(
                oi_index,
                [{{ threshold_literal("regime_floor_quantile") }}, {{ threshold_literal("regime_ceiling_quantile") }}]
            ) over chain_before as band,
            count(*) over chain_before * bar_seconds / {{ window_seconds("regime_band") }} as window_coverage_ratio,
            quantile_cont(volume_usd, {{ threshold_literal("regime_volume_quantile") }}) over month_before
            as volume_80th_percentile_usd,
            median(volume_venue_count) over month_before as usual_venue_count,
            count(volume_usd) over month_before
            * bar_seconds
            / {{ window_seconds("regime_volume") }} as volume_coverage_ratio
        from bars
        window
            chain_before as (partition by series_key, chain order by event_at {{ frame_before("regime_band") }}),
            month_before as (partition by series_key order by event_at {{ frame_before("regime_volume") }})

    ),

    -- The band of the index as base coins of this bar: the level that its instruments would have had in the bars
    -- before.
    banded as (

        select
            *,
            oi_base / oi_index * band[1] as oi_floor_base,
            oi_base / oi_index * band[2] as oi_ceiling_base,
            volume_coverage_ratio >= {{ threshold("minimum_window_coverage") }} as is_volume_covered,
            case
                when window_coverage_ratio < {{ threshold("minimum_window_coverage") }}
                then 'warmup'
                -- A band narrower than this has a width from rounding only.
                when band[2] / band[1] - 1 < {{ threshold_literal("index_rounding") }}
                then 'zero_variance'
                else 'ok'
            end as regime_status
        from framed
        -- A bar without open interest has a place in the window of volumes only.
        where chain is not null and {{ changed("event_at") }}

    ),

    judged as (

        select
            *,
            case
                when regime_status <> 'ok'
                then null
                when oi_base < oi_floor_base * (1 - {{ threshold_literal("index_rounding") }})
                then 'below_floor'
                when oi_base > oi_ceiling_base * (1 + {{ threshold_literal("index_rounding") }})
                then 'above_ceiling'
                else 'inside'
            end as regime
        from banded

    )

select
    source,
    asset,
    timeframe,
    event_at,
    oi_base,
    case when regime_status <> 'warmup' then oi_floor_base end as oi_floor_base,
    case when regime_status <> 'warmup' then oi_ceiling_base end as oi_ceiling_base,
    regime,
    window_coverage_ratio,
    volume_usd,
    case when is_volume_covered then volume_80th_percentile_usd end as volume_80th_percentile_usd,
    volume_venue_count,
    -- NULL where the regime or the percentile is missing, and where the number of venues is not the usual one: the
    -- volume then changes although nobody trades more or less.
    case
        when regime is not null and is_volume_covered and volume_venue_count = usual_venue_count
        then regime = 'above_ceiling' and volume_usd > volume_80th_percentile_usd
    end as is_ceiling_break_confirmed,
    regime_status
from judged
