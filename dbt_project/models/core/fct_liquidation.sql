{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- Bars that a source states itself, with the contract of their instrument.
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
        left join {{ instrument_at("liquidation") }} and liquidation.scope = 'instrument'
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier
            on liquidation.scope = 'venue_total'
            and liquidation.symbol = symbol_multiplier.symbol_native
        where liquidation.native_timeframe is not null and {{ changed("liquidation.event_at", window="bar") }}

    ),

    -- The same with the price that converts them.
    priced as (

        select mapped.*, coalesce(candle.price_usd, reference.reference_price_usd) as price_usd
        from mapped
        left join
            {{ ref("int_price__venue") }} as candle
            on mapped.source = candle.source
            and mapped.venue = candle.venue
            and mapped.symbol = candle.symbol
            and mapped.event_at = candle.event_at
        left join
            {{ ref("fct_reference_price") }} as reference
            on mapped.source = reference.source
            and mapped.asset = reference.asset
            and mapped.event_at = reference.event_at
        where mapped.asset is not null

    ),

    -- The same bars in coins and USD.
    stated_bars as (

        select
            source,
            source_mode,
            collector,
            scope,
            venue,
            symbol,
            asset,
            event_at,
            observed_at,
            native_timeframe,
            interval_seconds,
            {{ to_base("long_native", "native_unit", "price_usd") }} as long_liquidated_base,
            {{ to_usd("long_native", "native_unit", "price_usd") }} as long_liquidated_usd,
            {{ to_base("short_native", "native_unit", "price_usd") }} as short_liquidated_base,
            {{ to_usd("short_native", "native_unit", "price_usd") }} as short_liquidated_usd,
            coverage,
            1.0 as bar_coverage_ratio
        from priced

    ),

    -- Bars of 5 minutes from single events of streams and lists.
    event_bars as (

        select
            source,
            any_value(source_mode) as source_mode,
            collector,
            'instrument' as scope,
            venue,
            symbol,
            asset,
            {{ bar_end("event_at", 300) }} as event_at,
            max(observed_at) as observed_at,
            '5m' as native_timeframe,
            300 as interval_seconds,
            {% for side in ["long", "short"] %}
                sum(
                    case when position_side = '{{ side }}' then liquidated_base else 0 end
                ) as {{ side }}_liquidated_base,
                sum(case when position_side = '{{ side }}' then liquidated_usd else 0 end) as {{ side }}_liquidated_usd,
            {% endfor %}
            any_value(coverage) as coverage
        from {{ ref("fct_liquidation_event") }}
        where {{ changed("event_at", window="bar") }}
        group by source, collector, venue, symbol, asset, {{ bar_end("event_at", 300) }}

    ),

    covered as (select * from {{ ref("int_liquidation__covered_bar") }} where {{ changed("event_at", window="bar") }}),

    -- A bar from a stream covers only the time that the stream was connected, and nothing of a contract that the venue
    -- refused. A bar from a venue's list is complete.
    covered_bars as (

        select
            event_bars.*,
            case
                when event_bars.collector not in (select collector from {{ ref("liquidation_stream") }})
                then 1.0
                when list_contains(covered.refused_symbols, event_bars.symbol)
                then 0.0
                else coalesce(covered.bar_coverage_ratio, 0)
            end as bar_coverage_ratio
        from event_bars
        left join
            covered
            on event_bars.source = covered.source
            and event_bars.collector = covered.collector
            and event_bars.event_at = covered.event_at

    ),

    -- The contracts in each look at a venue's list, valid until the next look.
    listings as (

        select
            source,
            collector,
            venue,
            symbol,
            market_type,
            is_trading,
            event_at as listed_from,
            coalesce(lead(event_at) over looks, timestamp '9999-01-01') as listed_until,
            min(event_at) over looks as first_seen_at
        from {{ ref("stg_instrument") }}
        window looks as (partition by source, collector, venue, symbol order by event_at)

    ),

    -- A bar is calm when the stream was connected throughout and sent no event. Each contract of the stream gets such a
    -- bar, except those that the venue refused to send.
    calm_bars as (

        select
            covered.source,
            covered.source_mode,
            covered.collector,
            'instrument' as scope,
            listings.venue,
            listings.symbol,
            instrument.asset,
            covered.event_at,
            covered.observed_at,
            '5m' as native_timeframe,
            300 as interval_seconds,
            0.0 as long_liquidated_base,
            0.0 as long_liquidated_usd,
            0.0 as short_liquidated_base,
            0.0 as short_liquidated_usd,
            stream.coverage,
            covered.bar_coverage_ratio
        from covered
        inner join {{ ref("liquidation_stream") }} as stream on covered.collector = stream.collector
        -- The collector subscribes to a new contract some minutes after the contract is first seen. A bar that began
        -- before that is incomplete.
        inner join
            listings
            on covered.source = listings.source
            and stream.instrument_collector = listings.collector
            and stream.market_type = listings.market_type
            and listings.is_trading
            and covered.event_at > listings.listed_from
            and covered.event_at <= listings.listed_until
            and covered.event_at - interval 5 minute
            >= listings.first_seen_at + to_minutes({{ threshold("stream_subscription_minutes") }}::integer)
        inner join
            {{ instrument_at("listings", instant="covered.event_at") }}
            and covered.event_at <= coalesce(instrument.expiry_at, timestamp '9999-01-01')
        anti join
            event_bars
            on covered.source = event_bars.source
            and covered.collector = event_bars.collector
            and listings.symbol = event_bars.symbol
            and covered.event_at = event_bars.event_at
        where covered.bar_coverage_ratio = 1 and not list_contains(covered.refused_symbols, listings.symbol)

    ),

    all_bars as (

        select *
        from stated_bars
        union all by name
        select *
        from covered_bars
        union all by name
        select *
        from calm_bars

    ),

    -- Several sources may state one bar; they are never added. The order of preference: complete bars, then the fullest
    -- coverage, then the longest covered time, then the larger sum.
    converted as (

        select *
        from all_bars
        left join {{ ref("int_open_interest__own_grain") }} using (source, asset)
        qualify
            row_number() over (
                partition by source, scope, venue, symbol, native_timeframe, event_at
                order by
                    bar_coverage_ratio < 1,
                    {{ coverage_rank("coverage") }},
                    bar_coverage_ratio desc,
                    coalesce(long_liquidated_usd, 0) + coalesce(short_liquidated_usd, 0) desc,
                    observed_at desc,
                    collector
            )
            = 1

    ),

    -- Bars of each timeframe as sums of the finer bars.
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
                arg_max(coverage, {{ coverage_rank("coverage") }}) as coverage,
                sum(bar_coverage_ratio)
                / any_value({{ bars_expected(timeframe, "interval_seconds") }}) as bar_coverage_ratio,
                any_value(source_mode) as source_mode
            from converted
            where {{ contributes_to(timeframe) }}
            group by source, scope, venue, symbol, asset, native_timeframe, {{ bar_end("event_at", timeframe.seconds) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- Of several grains, the one that covers most of the bar, then the coarsest.
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
where grain_rank = 1 and event_at <= {{ last_observed() }} and {{ changed("event_at") }}
