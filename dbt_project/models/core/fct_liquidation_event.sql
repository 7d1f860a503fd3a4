{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    mapped as (

        select
            event.source,
            event.source_mode,
            event.collector,
            event.venue,
            event.symbol,
            instrument.asset,
            event.event_id,
            event.event_at,
            event.observed_at,
            event.position_side,
            event.quantity_native,
            event.native_unit,
            event.price_kind,
            event.coverage,
            instrument.multiplier,
            instrument.contract_size,
            instrument.contract_unit,
            event.price_usd_native / instrument.multiplier as price_usd
        from {{ ref("stg_liquidation_event") }} as event
        inner join {{ instrument_at("event") }}
        where event.scope = 'instrument' and {{ changed("event.event_at") }}

    )

select
    source,
    source_mode,
    collector,
    venue,
    symbol,
    asset,
    event_id,
    event_at,
    observed_at,
    position_side,
    {{ to_base("quantity_native", "native_unit", "price_usd") }} as liquidated_base,
    {{ to_usd("quantity_native", "native_unit", "price_usd") }} as liquidated_usd,
    price_usd,
    price_kind,
    coverage
from mapped
