{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    mapped as (

        select
            oi.*,
            symbol_multiplier.asset,
            methodology.methodology_id,
            methodology.sides,
            {{ bar_end("oi.event_at", 300) }} as bar_at,
            coalesce(oi.price_usd_native, reference.reference_price_usd) as price_usd
        from {{ ref("stg_open_interest") }} as oi
        inner join {{ ref("symbol_multiplier") }} as symbol_multiplier on oi.symbol = symbol_multiplier.symbol_native
        inner join
            {{ ref("dim_oi_methodology") }} as methodology
            on oi.source = methodology.source
            and oi.scope = methodology.scope
            and oi.venue = methodology.venue
            and oi.native_field = methodology.native_field
            and oi.native_unit = methodology.native_unit
            and oi.event_at >= methodology.valid_from
            and oi.event_at < methodology.valid_to
        left join
            {{ ref("fct_reference_price") }} as reference
            on oi.source = reference.source
            and symbol_multiplier.asset = reference.asset
            and {{ bar_end("oi.event_at", 300) }} = reference.event_at
        where oi.scope = 'venue_total' and oi.oi_native is not null and {{ changed("oi.event_at", window="rounding") }}

    ),

    -- A source may carry a renamed venue under both names for a while. Of the two, the regular series is used, then the
    -- measurement nearest to the bar's end and the newest observation.
    ranked as (

        select
            *,
            row_number() over (
                partition by source, venue, asset, bar_at
                order by native_timeframe is null, abs(epoch_us(bar_at - measured_at)), observed_at desc, venue_native
            ) as row_rank
        from mapped

    )

select
    source,
    source_mode,
    collector,
    venue,
    venue_native,
    asset,
    bar_at as event_at,
    measured_at,
    native_timeframe,
    interval_seconds,
    observed_at,
    oi_native,
    native_unit,
    sides,
    methodology_id,
    price_usd as reference_price_usd,
    case
        native_unit when 'usd' then oi_native / sides / nullif(price_usd, 0) when 'base' then oi_native / sides
    end as oi_base,
    case native_unit when 'usd' then oi_native / sides when 'base' then oi_native / sides * price_usd end as oi_usd,
    case when oi_native = 0 then 'zero' when price_usd is null then 'no_price' end as quality_flag,
    oi_native = 0 as is_quarantined
from ranked
where row_rank = 1 and {{ changed("bar_at") }}
