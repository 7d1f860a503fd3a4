{{ config(materialized="view") }}

-- One row per source, collector, instrument, methodology rule and instant, before conversion. A row whose instrument or
-- methodology is unknown is left out.
select
    oi.source,
    oi.source_mode,
    oi.collector,
    oi.venue,
    oi.symbol,
    instrument.asset,
    instrument.market_type,
    instrument.settlement,
    instrument.contract_size,
    instrument.contract_unit,
    instrument.multiplier,
    methodology.methodology_id,
    methodology.sides,
    {{ bar_end("oi.event_at", 300) }} as event_at,
    oi.measured_at,
    oi.native_timeframe,
    oi.interval_seconds,
    oi.observed_at,
    oi.oi_native,
    oi.native_unit,
    oi.value_usd_native,
    -- Price that the row itself states, or implies by a USD value beside a quantity.
    oi.price_usd_native / instrument.multiplier as stated_price_usd,
    case
        when oi.native_unit = 'base' or (oi.native_unit = 'contract' and instrument.contract_unit = 'base')
        then
            oi.value_usd_native / nullif(
                oi.oi_native
                * instrument.multiplier
                * case when oi.native_unit = 'contract' then instrument.contract_size else 1 end,
                0
            )
    end as implied_price_usd
from {{ ref("stg_open_interest") }} as oi
inner join {{ instrument_at("oi") }}
inner join
    {{ ref("dim_oi_methodology") }} as methodology
    on oi.source = methodology.source
    and oi.scope = methodology.scope
    and oi.venue = methodology.venue
    and instrument.settlement = methodology.settlement
    and oi.native_field = methodology.native_field
    and oi.native_unit = methodology.native_unit
    and oi.event_at >= methodology.valid_from
    and oi.event_at < methodology.valid_to
where oi.scope = 'instrument' and oi.oi_native is not null
