{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

mapped as (

    select
        liquidation.source,
        liquidation.source_mode,
        liquidation.collector,
        liquidation.scope,
        liquidation.venue,
        liquidation.symbol,
        coalesce(instrument.asset, symbol_multiplier.asset) as asset,
        liquidation.event_at,
        liquidation.observed_at,
        liquidation.native_timeframe,
        liquidation.interval_seconds,
        liquidation.native_unit,
        liquidation.long_native,
        liquidation.short_native,
        liquidation.coverage,
        coalesce(instrument.multiplier, symbol_multiplier.multiplier) as multiplier,
        instrument.contract_size,
        instrument.contract_unit
    from {{ ref("stg_liquidation") }} as liquidation
    left join {{ ref("dim_instrument") }} as instrument
        on liquidation.scope = 'instrument'
        and liquidation.venue = instrument.venue
        and liquidation.symbol = instrument.symbol
        and liquidation.event_at >= instrument.valid_from
        and liquidation.event_at < instrument.valid_to
    left join {{ ref("symbol_multiplier") }} as symbol_multiplier
        on liquidation.scope = 'venue_total' and liquidation.symbol = symbol_multiplier.symbol_native
    where liquidation.native_timeframe is not null and {{ changed("liquidation.event_at", lookback_days=2) }}

),

priced as (

    select
        mapped.*,
        coalesce(candle.price_usd, reference.reference_price_usd) as price_usd,
        row_number() over (
            partition by mapped.source, mapped.scope, mapped.venue, mapped.symbol, mapped.native_timeframe,
                mapped.event_at
            order by mapped.observed_at desc, mapped.collector
        ) as collector_rank
    from mapped
    left join {{ ref("int_price__venue") }} as candle
        on mapped.source = candle.source
        and mapped.venue = candle.venue
        and mapped.symbol = candle.symbol
        and mapped.event_at = candle.event_at
    left join {{ ref("int_price__reference") }} as reference
        on mapped.source = reference.source
        and mapped.asset = reference.asset
        and mapped.event_at = reference.event_at
    where mapped.asset is not null

),

converted as (

    select
        *,
        {{ to_base("long_native", "native_unit", "price_usd") }} as long_liquidated_base,
        {{ to_usd("long_native", "native_unit", "price_usd") }} as long_liquidated_usd,
        {{ to_base("short_native", "native_unit", "price_usd") }} as short_liquidated_base,
        {{ to_usd("short_native", "native_unit", "price_usd") }} as short_liquidated_usd
    from priced
    where collector_rank = 1

),

rolled as (

    {% for timeframe in timeframes() %}
    select
        source,
        scope,
        venue,
        symbol,
        asset,
        '{{ timeframe.name }}' as timeframe,
        {{ bar_end("event_at", timeframe.seconds) }} as event_at,
        native_timeframe,
        sum(long_liquidated_base) as long_liquidated_base,
        sum(long_liquidated_usd) as long_liquidated_usd,
        sum(short_liquidated_base) as short_liquidated_base,
        sum(short_liquidated_usd) as short_liquidated_usd,
        any_value(coverage) as coverage,
        count(*) / any_value({{ bars_expected(timeframe, "interval_seconds") }}) as bar_coverage_ratio,
        any_value(source_mode) as source_mode
    from converted
    where {{ contributes_to(timeframe, "native_timeframe") }}
    group by source, scope, venue, symbol, asset, native_timeframe, {{ bar_end("event_at", timeframe.seconds) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by source, scope, venue, symbol, timeframe, event_at
            order by bar_coverage_ratio desc, {{ timeframe_seconds("native_timeframe") }} desc
        ) as grain_rank
    from rolled

)

select
    source,
    source_mode,
    scope,
    venue,
    symbol,
    asset,
    timeframe,
    event_at,
    long_liquidated_base,
    long_liquidated_usd,
    short_liquidated_base,
    short_liquidated_usd,
    coverage,
    bar_coverage_ratio
from ranked
where grain_rank = 1 and event_at <= {{ horizon() }} and {{ changed("event_at") }}
