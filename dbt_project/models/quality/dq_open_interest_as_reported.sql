{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    ours as (

        select
            source,
            'instrument' as scope,
            venue,
            symbol,
            asset,
            event_at,
            collector,
            oi_native,
            native_unit,
            sides,
            methodology_id,
            oi_base,
            oi_usd,
            quality_flag,
            is_quarantined
        from {{ ref("fct_open_interest") }}
        where {{ changed("event_at") }}

        union all

        select
            source,
            'venue_total' as scope,
            venue,
            asset as symbol,
            asset,
            event_at,
            collector,
            oi_native,
            native_unit,
            sides,
            methodology_id,
            oi_base,
            oi_usd,
            quality_flag,
            is_quarantined
        from {{ ref("fct_venue_total_open_interest") }}
        where {{ changed("event_at") }}

    ),

    vendor_totals as (

        select
            total.source,
            symbol_multiplier.asset,
            {{ bar_end("total.event_at", 300) }} as event_at,
            max(total.oi_native) as source_total_oi_usd
        from {{ ref("stg_open_interest") }} as total
        inner join {{ ref("symbol_multiplier") }} as symbol_multiplier on total.symbol = symbol_multiplier.symbol_native
        where
            total.scope = 'market_total'
            and total.native_unit = 'usd'
            and {{ changed("total.event_at", window="rounding") }}
        group by total.source, symbol_multiplier.asset, {{ bar_end("total.event_at", 300) }}

    )

select
    ours.source,
    ours.scope,
    ours.venue,
    ours.symbol,
    ours.asset,
    ours.event_at,
    ours.collector,
    ours.oi_native,
    ours.native_unit,
    ours.oi_usd * ours.sides as reported_oi_usd,
    ours.sides,
    ours.methodology_id,
    ours.oi_base,
    ours.oi_usd,
    ours.oi_usd * (ours.sides - 1) as difference_usd,
    case
        when ours.is_quarantined
        then 'quarantined: ' || ours.quality_flag
        when ours.oi_usd is null
        then 'no price'
        when ours.sides <> 1
        then 'reported counts both sides'
        else 'same'
    end as difference_reason,
    vendor_totals.source_total_oi_usd
from ours
left join
    vendor_totals
    on ours.source = vendor_totals.source
    and ours.asset = vendor_totals.asset
    and ours.event_at = vendor_totals.event_at
