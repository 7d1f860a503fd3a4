{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- Long shares on the 5-minute grid, from two shares or from a bare ratio.
    shares as (

        select
            ratio.*,
            instrument.asset,
            {{ bar_end("ratio.event_at", 300) }} as bar_at,
            {{ long_share("ratio") }} as long_share_ratio
        from {{ ref("stg_long_short_ratio") }} as ratio
        inner join {{ instrument_at("ratio") }}
        where ratio.scope = 'instrument' and {{ changed("ratio.event_at", window="rounding") }}

    ),

    -- A row without a share must not take the place of one that has it.
    ranked as (

        select
            *,
            row_number() over (
                partition by source, venue, symbol, basis, bar_at
                order by abs(epoch_us(bar_at - measured_at)), interval_seconds nulls last, observed_at desc, collector
            ) as row_rank
        from shares
        where long_share_ratio is not null

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
from ranked
where row_rank = 1 and {{ changed("bar_at") }}
