{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- Candles with prices per base coin.
    bars as (

        select
            candle.*,
            instrument.asset,
            candle.open_usd / instrument.multiplier as open_price_usd,
            candle.high_usd / instrument.multiplier as high_price_usd,
            candle.low_usd / instrument.multiplier as low_price_usd,
            candle.close_usd / instrument.multiplier as close_price_usd,
            instrument.multiplier,
            instrument.contract_size,
            instrument.contract_unit
        from {{ ref("stg_candle") }} as candle
        inner join {{ instrument_at("candle") }}
        where
            candle.scope = 'instrument'
            and candle.native_timeframe is not null
            and {{ changed("candle.event_at", window="bar") }}

    ),

    -- The same with volumes in coins and USD.
    converted as (

        select
            *,
            {{ to_base("volume_native", "native_unit", "close_price_usd") }} as volume_base,
            coalesce(turnover_usd, {{ to_usd("volume_native", "native_unit", "close_price_usd") }}) as volume_usd,
            row_number() over (
                partition by source, venue, symbol, price_kind, native_timeframe, event_at
                order by observed_at desc, collector
            ) as collector_rank
        from bars
        left join {{ ref("int_open_interest__own_grain") }} using (source, asset)

    ),

    -- Bars of each timeframe from the finer bars of each grain.
    rolled as (

        {% for timeframe in timeframes() %}
            select
                source,
                venue,
                symbol,
                asset,
                price_kind,
                '{{ timeframe.name }}' as timeframe,
                {{ bar_end("event_at", timeframe.seconds) }} as event_at,
                native_timeframe,
                arg_min(open_price_usd, event_at) as open_price_usd,
                max(high_price_usd) as high_price_usd,
                min(low_price_usd) as low_price_usd,
                arg_max(close_price_usd, event_at) as close_price_usd,
                max({{ level_valid_until("event_at", "interval_seconds") }}) as level_valid_until,
                sum(volume_base) as volume_base,
                sum(volume_usd) as volume_usd,
                count(*) / any_value({{ bars_expected(timeframe, "interval_seconds") }}) as bar_coverage_ratio,
                any_value(source_mode) as source_mode
            from converted
            where collector_rank = 1 and {{ contributes_to(timeframe) }}
            group by
                source, venue, symbol, asset, price_kind, native_timeframe, {{ bar_end("event_at", timeframe.seconds) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- A complete bar is better than an incomplete one, and the venue's own bar is better than one built from finer
    -- bars.
    ranked as (

        select
            *,
            row_number() over (
                partition by source, venue, symbol, price_kind, timeframe, event_at
                order by bar_coverage_ratio desc, {{ timeframe_seconds("native_timeframe") }} desc
            ) as grain_rank
        from rolled

    )

select
    source,
    venue,
    symbol,
    asset,
    timeframe,
    event_at,
    max(case when price_kind = 'trade' then open_price_usd end) as open_price_usd,
    max(case when price_kind = 'trade' then high_price_usd end) as high_price_usd,
    max(case when price_kind = 'trade' then low_price_usd end) as low_price_usd,
    max(case when price_kind = 'trade' then close_price_usd end) as close_price_usd,
    -- These prices are levels: one that is older than an interval of its source is missing at the bar's end.
    max(case when price_kind = 'mark' and event_at <= level_valid_until then close_price_usd end) as mark_price_usd,
    max(case when price_kind = 'index' and event_at <= level_valid_until then close_price_usd end) as index_price_usd,
    max(case when price_kind = 'spot' and event_at <= level_valid_until then close_price_usd end) as spot_price_usd,
    max(case when price_kind = 'trade' then volume_base end) as volume_base,
    max(case when price_kind = 'trade' then volume_usd end) as volume_usd,
    min(bar_coverage_ratio) as bar_coverage_ratio,
    bool_or(timeframe = native_timeframe) as is_native_grain,
    any_value(source_mode) as source_mode
from ranked
where grain_rank = 1 and event_at <= {{ last_observed() }} and {{ changed("event_at") }}
group by source, venue, symbol, asset, timeframe, event_at
