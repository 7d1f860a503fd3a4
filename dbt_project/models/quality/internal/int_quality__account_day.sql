-- One row per series, origin, day, state and reason: every landed row counted once, by what became of it. A row whose
-- key was observed again is `superseded`, and counts with the origin of the newest observation. The newest observation
-- of a key has the first of these that holds: `unmapped` (the name of its venue, its instrument, its asset or its
-- methodology is unknown), `unused` (no model reads such a row, or it states no value), `lost` (without a reason; it
-- stops the publication, tests/assert_row_account_adds_up.sql), `superseded` (core chose another row of the same fact),
-- `quarantined` and `in_core`.
--
-- Each CTE of a dataset says which of its rows core takes (`gap` is NULL) and which key they have there (`core_key`).
-- Rows that state one fact compete (`fact_key`). Where core says which of them it chose, this is its `chosen_key`, and
-- the `row_key` of that row. Rules change only at midnight, and a build recomputes whole days.
{%- set datasets = [
    "open_interest",
    "candle",
    "funding_rate",
    "liquidation",
    "liquidation_event",
    "long_short_ratio",
    "circulating_supply",
    "instrument",
    "stream_coverage",
] %}
{%- set unknown_contract %}
    when landed.scope <> 'instrument'
    then 'unused: scope_without_model'
    when landed.venue is null
    then 'unmapped: unknown_venue'
    when instrument.asset is null
    then 'unmapped: unknown_instrument'
{%- endset %}
{%- set unknown_bar %}
    when landed.interval_seconds is null
    then 'unused: no_interval'
    when landed.native_timeframe is null
    then 'unused: long_interval'
    when bar_at > {{ last_observed() }}
    then 'unused: open_bar'
{%- endset %}

with

    open_interest as (

        select
            landed.*,
            landed.native_field as field,
            case
                when landed.scope = 'market_total'
                then 'unused: comparison_only'
                when landed.scope not in ('instrument', 'venue_total')
                then 'unused: scope_without_model'
                when landed.venue is null
                then 'unmapped: unknown_venue'
                when landed.scope = 'instrument' and instrument.asset is null
                then 'unmapped: unknown_instrument'
                when landed.scope = 'venue_total' and symbol_multiplier.asset is null
                then 'unmapped: unknown_asset'
                when methodology.methodology_id is null
                then 'unmapped: no_methodology'
                when landed.oi_native is null
                then 'unused: no_value'
            end as gap,
            hash(
                landed.source,
                landed.scope,
                landed.venue,
                case when landed.scope = 'venue_total' then symbol_multiplier.asset else landed.symbol end,
                {{ bar_end("landed.event_at", 300) }}
            ) as core_key,
            core_key as fact_key,
            hash(landed.collector, landed.measured_at) as row_key
        from {{ ref("stg_open_interest") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier
            on landed.scope = 'venue_total'
            and landed.symbol = symbol_multiplier.symbol_native
        left join
            {{ ref("dim_oi_methodology") }} as methodology
            on landed.source = methodology.source
            and landed.scope = methodology.scope
            and landed.venue = methodology.venue
            and methodology.settlement
            = case when landed.scope = 'instrument' then instrument.settlement else methodology.settlement end
            and landed.native_field = methodology.native_field
            and landed.native_unit = methodology.native_unit
            and landed.event_at >= methodology.valid_from
            and landed.event_at < methodology.valid_to
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    open_interest_core as (

        select
            hash(source, 'instrument', venue, symbol, event_at) as core_key,
            hash(collector, measured_at) as chosen_key,
            is_quarantined,
            quality_flag as reason
        from {{ ref("fct_open_interest") }}
        where {{ changed("event_at", window="rounding") }}

        union all

        select
            hash(source, 'venue_total', venue, asset, event_at) as core_key,
            hash(collector, measured_at) as chosen_key,
            is_quarantined,
            quality_flag as reason
        from {{ ref("fct_venue_total_open_interest") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    -- Candles whose length is no timeframe, such as 30 minutes, are in core as parts of the next longer one. Prices
    -- other than those of trades are levels: the last one of a bar counts, if it is not too old at the bar's end.
    candle as (

        select
            landed.*,
            landed.price_kind as field,
            {{ native_bar_end("landed.event_at", "landed.native_timeframe") }} as bar_at,
            case
                {{ unknown_contract }}
                {{ unknown_bar }}
                when
                    case
                        when landed.price_kind <> 'trade'
                        then landed.close_usd
                        else
                            coalesce(
                                landed.open_usd,
                                landed.high_usd,
                                landed.low_usd,
                                landed.close_usd,
                                landed.turnover_usd,
                                case when landed.native_unit is not null then landed.volume_native end
                            )
                    end
                    is null
                then 'unused: no_value'
                when
                    landed.price_kind <> 'trade'
                    and bar_at > {{ level_valid_until("landed.event_at", "landed.interval_seconds") }}
                then 'unused: old_level'
            end as gap,
            hash(
                landed.source, landed.venue, landed.symbol, landed.price_kind, landed.native_timeframe, bar_at
            ) as core_key,
            case when landed.price_kind = 'trade' then hash(core_key, landed.event_at) else core_key end as fact_key,
            null::ubigint as row_key
        from {{ ref("stg_candle") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    candle_core as (

        select
            hash(source, venue, symbol, unnest(price_kinds), timeframe, event_at) as core_key,
            null::ubigint as chosen_key,
            false as is_quarantined,
            null as reason
        from
            (
                select
                    *,
                    list_filter(
                        [
                            case
                                when
                                    coalesce(
                                        open_price_usd,
                                        high_price_usd,
                                        low_price_usd,
                                        close_price_usd,
                                        volume_base,
                                        volume_usd
                                    )
                                    is not null
                                then 'trade'
                            end,
                            case when mark_price_usd is not null then 'mark' end,
                            case when index_price_usd is not null then 'index' end,
                            case when spot_price_usd is not null then 'spot' end
                        ],
                        lambda price_kind:price_kind is not null
                    ) as price_kinds
                from {{ ref("fct_price") }}
                where {{ changed("event_at", window="rounding") }}
            ) as bars

    ),

    funding_rate as (

        select
            landed.*,
            case when landed.is_settled then 'settled' else 'indicative' end as field,
            case {{ unknown_contract }} when landed.rate_native is null then 'unused: no_value' end as gap,
            hash(
                landed.source, landed.venue, landed.symbol, landed.is_settled, date_trunc('minute', landed.event_at)
            ) as core_key,
            core_key as fact_key,
            hash(landed.collector, landed.observed_at) as row_key
        from {{ ref("stg_funding_rate") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    funding_rate_core as (

        select
            hash(source, venue, symbol, is_settled, event_at) as core_key,
            hash(collector, observed_at) as chosen_key,
            false as is_quarantined,
            null as reason
        from {{ ref("fct_funding_rate") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    liquidation as (

        select
            landed.*,
            landed.coverage as field,
            {{ native_bar_end("landed.event_at", "landed.native_timeframe") }} as bar_at,
            case
                when landed.scope not in ('instrument', 'venue_total')
                then 'unused: scope_without_model'
                when landed.venue is null
                then 'unmapped: unknown_venue'
                when landed.scope = 'instrument' and instrument.asset is null
                then 'unmapped: unknown_instrument'
                when landed.scope = 'venue_total' and symbol_multiplier.asset is null
                then 'unmapped: unknown_asset' {{ unknown_bar }}
                when landed.long_native is null and landed.short_native is null
                then 'unused: no_value'
            end as gap,
            hash(landed.source, landed.scope, landed.venue, landed.symbol, landed.native_timeframe, bar_at) as core_key,
            hash(core_key, landed.event_at) as fact_key,
            null::ubigint as row_key
        from {{ ref("stg_liquidation") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier
            on landed.scope = 'venue_total'
            and landed.symbol = symbol_multiplier.symbol_native
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    liquidation_core as (

        select
            hash(source, scope, venue, symbol, timeframe, event_at) as core_key,
            null::ubigint as chosen_key,
            false as is_quarantined,
            null as reason
        from {{ ref("fct_liquidation") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    liquidation_event as (

        select
            landed.*,
            landed.coverage as field,
            case {{ unknown_contract }} end as gap,
            hash(
                landed.source, landed.collector, landed.venue, landed.symbol, landed.event_at, landed.event_id
            ) as core_key,
            core_key as fact_key,
            null::ubigint as row_key
        from {{ ref("stg_liquidation_event") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    liquidation_event_core as (

        select
            hash(source, collector, venue, symbol, event_at, event_id) as core_key,
            null::ubigint as chosen_key,
            false as is_quarantined,
            null as reason
        from {{ ref("fct_liquidation_event") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    long_short_ratio as (

        select
            landed.*,
            landed.basis as field,
            case {{ unknown_contract }} when {{ long_share("landed") }} is null then 'unused: no_value' end as gap,
            hash(
                landed.source, landed.venue, landed.symbol, landed.basis, {{ bar_end("landed.event_at", 300) }}
            ) as core_key,
            core_key as fact_key,
            hash(landed.collector, landed.measured_at) as row_key
        from {{ ref("stg_long_short_ratio") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    long_short_ratio_core as (

        select
            hash(source, venue, symbol, basis, event_at) as core_key,
            hash(collector, measured_at) as chosen_key,
            false as is_quarantined,
            null as reason
        from {{ ref("fct_long_short_ratio") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    circulating_supply as (

        select
            landed.*,
            'supply' as field,
            null as native_unit,
            case
                when symbol_multiplier.asset is null
                then 'unmapped: unknown_asset'
                when landed.supply_base is null and landed.market_cap_usd is null
                then 'unused: no_value'
            end as gap,
            hash(landed.source, symbol_multiplier.asset, landed.event_at) as core_key,
            core_key as fact_key,
            hash(landed.observed_at) as row_key
        from {{ ref("stg_circulating_supply") }} as landed
        left join {{ ref("symbol_multiplier") }} as symbol_multiplier on landed.symbol = symbol_multiplier.symbol_native
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    circulating_supply_core as (

        select
            hash(source, asset, event_at) as core_key,
            hash(observed_at) as chosen_key,
            false as is_quarantined,
            null as reason
        from {{ ref("fct_circulating_supply") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    -- A look at a specification is in core if the contract has this specification there at that time.
    instrument as (

        select
            landed.*,
            landed.market_type as field,
            null as native_unit,
            case
                when landed.venue is null
                then 'unmapped: unknown_venue'
                when symbol_multiplier.asset is null
                then 'unmapped: unknown_asset'
            end as gap,
            hash(
                landed.venue,
                landed.symbol,
                landed.event_at,
                symbol_multiplier.asset,
                landed.market_type,
                landed.settlement,
                landed.contract_unit,
                landed.contract_size,
                landed.expiry_at
            ) as core_key,
            core_key as fact_key,
            null::ubigint as row_key
        from {{ ref("stg_instrument") }} as landed
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier
            on landed.symbol_native = symbol_multiplier.symbol_native
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    instrument_core as (

        select
            hash(
                look.venue,
                look.symbol,
                look.event_at,
                instrument.asset,
                instrument.market_type,
                instrument.settlement,
                instrument.contract_unit,
                instrument.contract_size,
                instrument.expiry_at
            ) as core_key,
            null::ubigint as chosen_key,
            false as is_quarantined,
            null as reason
        from
            (
                select distinct venue, symbol, event_at
                from {{ ref("stg_instrument") }}
                where {{ changed("event_at", window="rounding") }}
            ) as look
        inner join {{ instrument_at("look") }}

    ),

    -- A stretch of a stream is in core if core counts the bar in which it ends as covered.
    stream_coverage as (

        select
            landed.*,
            'coverage' as field,
            null as native_unit,
            case
                when landed.collector not in (select collector from {{ ref("liquidation_stream") }})
                then 'unmapped: unknown_stream'
                when landed.event_at <= landed.covered_from
                then 'unused: no_value'
            end as gap,
            hash(landed.source, landed.collector, landed.symbol, {{ bar_end("landed.event_at", 300) }}) as core_key,
            hash(core_key, landed.covered_from, landed.event_at) as fact_key,
            null::ubigint as row_key
        from {{ ref("stg_stream_coverage") }} as landed
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    stream_coverage_core as (

        select
            hash(source, collector, stream, event_at) as core_key,
            null::ubigint as chosen_key,
            false as is_quarantined,
            null as reason
        from {{ ref("int_liquidation__covered_bar") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    -- Each row beside what core has under its key.
    matched as (

        {% for dataset in datasets %}
            select
                '{{ dataset }}' as dataset,
                landed.source,
                landed.collector,
                landed.batch_id,
                landed.scope,
                landed.venue_native,
                landed.symbol,
                landed.field,
                landed.native_unit,
                landed.event_at,
                landed.stamped_at,
                landed.observed_at,
                landed.observation_count,
                landed.fact_key,
                landed.row_key is distinct from core.chosen_key as is_another_chosen,
                case
                    when landed.gap is not null
                    then landed.gap
                    when core.core_key is null
                    then 'lost: '
                    when core.is_quarantined
                    then 'quarantined: ' || core.reason
                    else 'in_core: ' || coalesce(core.reason, '')
                end as fate,
                landed.gap is null and core.core_key is not null as is_matched
            from {{ dataset }} as landed
            left join {{ dataset }}_core as core on landed.core_key = core.core_key
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- Few facts are stated by several rows. Only these rows are compared, which makes the account twice as fast.
    contested as (

        select dataset, fact_key from matched where is_matched group by dataset, fact_key having count(*) > 1

    ),

    counted as (

        select matched.*
        from matched
        anti join contested on matched.dataset = contested.dataset and matched.fact_key = contested.fact_key

        union all

        select
            matched.* replace (
                case
                    when not matched.is_matched or row_number() over contenders = 1
                    then matched.fate
                    when matched.collector = first_value(matched.collector) over contenders
                    then 'superseded: other_value_of_bar'
                    else 'superseded: other_collector'
                end as fate
            )
        from matched
        semi join contested on matched.dataset = contested.dataset and matched.fact_key = contested.fact_key
        window
            contenders as (
                partition by matched.dataset, matched.fact_key, matched.is_matched
                order by
                    matched.is_another_chosen,
                    matched.event_at desc,
                    matched.observed_at desc,
                    matched.collector,
                    matched.stamped_at desc
            )

    ),

    series_days as (

        select
            counted.dataset,
            counted.source,
            counted.collector,
            batch.origin,
            counted.scope,
            counted.venue_native,
            counted.symbol,
            counted.field,
            counted.native_unit,
            {{ bar_end("counted.event_at", 86400) }} as event_at,
            counted.fate,
            count(*) as row_count,
            sum(counted.observation_count - 1) as older_count,
            min(counted.event_at) as first_event_at,
            max(counted.event_at) as last_event_at
        from counted
        left join
            {{ source("ops", "load_batch") }} as batch
            on counted.dataset = batch.dataset
            and counted.batch_id = batch.batch_id
        group by all

    ),

    fates as (

        select * exclude (older_count)
        from series_days

        union all

        select * exclude (older_count) replace ('superseded: older_observation' as fate, older_count as row_count)
        from series_days
        where older_count > 0

    )

select
    dataset,
    source,
    collector,
    origin,
    scope,
    venue_native,
    symbol,
    field,
    native_unit,
    event_at,
    split_part(fate, ': ', 1) as state,
    nullif(split_part(fate, ': ', 2), '') as reason,
    sum(row_count)::bigint as row_count,
    min(first_event_at) as first_event_at,
    max(last_event_at) as last_event_at
from fates
where {{ changed("event_at") }}
group by all
