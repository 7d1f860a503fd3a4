{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- Long shares on the 5-minute grid, from two shares or from a bare ratio.
    shares as (

        select
            ratio.*,
            instrument.asset,
            {{ bar_end("ratio.event_at", 300) }} as bar_at,
            coalesce(
                ratio.long_native / nullif(ratio.long_native + ratio.short_native, 0),
                ratio.ratio_native / (1 + ratio.ratio_native)
            ) as long_share_ratio,
            row_number() over (
                partition by ratio.source, ratio.venue, ratio.symbol, ratio.basis, {{ bar_end("ratio.event_at", 300) }}
                order by
                    abs(epoch_us({{ bar_end("ratio.event_at", 300) }} - ratio.measured_at)),
                    ratio.interval_seconds nulls last,
                    ratio.observed_at desc,
                    ratio.collector
            ) as row_rank
        from {{ ref("stg_long_short_ratio") }} as ratio
        inner join {{ instrument_at("ratio") }}
        where ratio.scope = 'instrument' and {{ changed("ratio.event_at", window="rounding") }}

    )

select
    source,
    source_mode,
    collector,
    venue,
    symbol,
    asset,
    basis,
    bar_at as event_at,
    measured_at,
    observed_at,
    native_timeframe,
    long_share_ratio,
    1 - long_share_ratio as short_share_ratio,
    long_share_ratio / nullif(1 - long_share_ratio, 0) as long_short_ratio
from shares
where row_rank = 1 and long_share_ratio is not null and {{ changed("bar_at") }}
