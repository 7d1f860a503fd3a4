-- One row per series, day, state and reason: every landed row counted once, by what became of it. A row whose key was
-- observed again is `superseded`; the newest observation of a key has the first of these that holds: `unmapped` (the
-- name of its venue, its instrument, its asset or its methodology is unknown), `unused` (no model reads such a row, or
-- it states no value), `quarantined`, `in_core`, `superseded` (another row of the same key of core was chosen), and
-- `lost`, which has no reason and stops the publication (tests/assert_row_account_adds_up.sql).
--
-- Each CTE of a dataset says which of its rows core takes (`gap` is NULL) and which key they have there. Rules change
-- only at midnight, and a build recomputes whole days.
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
            ) as core_key
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

        select hash(source, 'instrument', venue, symbol, event_at) as core_key, is_quarantined, quality_flag as reason
        from {{ ref("fct_open_interest") }}
        where {{ changed("event_at", window="rounding") }}

        union all

        select hash(source, 'venue_total', venue, asset, event_at) as core_key, is_quarantined, quality_flag as reason
        from {{ ref("fct_venue_total_open_interest") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    candle as (

        select
            landed.*,
            landed.price_kind as field,
            case
                {{ unknown_contract }}
                when landed.native_timeframe is null
                then 'unused: no_interval'
                when landed.event_at > {{ last_observed() }}
                then 'unused: open_bar'
            end as gap,
            hash(landed.source, landed.venue, landed.symbol, landed.native_timeframe, landed.event_at) as core_key
        from {{ ref("stg_candle") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    candle_core as (

        select hash(source, venue, symbol, timeframe, event_at) as core_key, false as is_quarantined, null as reason
        from {{ ref("fct_price") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    funding_rate as (

        select
            landed.*,
            case when landed.is_settled then 'settled' else 'indicative' end as field,
            case {{ unknown_contract }} when landed.rate_native is null then 'unused: no_value' end as gap,
            hash(
                landed.source, landed.venue, landed.symbol, landed.is_settled, date_trunc('minute', landed.event_at)
            ) as core_key
        from {{ ref("stg_funding_rate") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    funding_rate_core as (

        select hash(source, venue, symbol, is_settled, event_at) as core_key, false as is_quarantined, null as reason
        from {{ ref("fct_funding_rate") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    liquidation as (

        select
            landed.*,
            landed.coverage as field,
            case
                when landed.scope not in ('instrument', 'venue_total')
                then 'unused: scope_without_model'
                when landed.venue is null
                then 'unmapped: unknown_venue'
                when landed.scope = 'instrument' and instrument.asset is null
                then 'unmapped: unknown_instrument'
                when landed.scope = 'venue_total' and symbol_multiplier.asset is null
                then 'unmapped: unknown_asset'
                when landed.native_timeframe is null
                then 'unused: no_interval'
                when landed.event_at > {{ last_observed() }}
                then 'unused: open_bar'
            end as gap,
            hash(
                landed.source, landed.scope, landed.venue, landed.symbol, landed.native_timeframe, landed.event_at
            ) as core_key
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
            hash(source, scope, venue, symbol, timeframe, event_at) as core_key, false as is_quarantined, null as reason
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
            ) as core_key
        from {{ ref("stg_liquidation_event") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    liquidation_event_core as (

        select
            hash(source, collector, venue, symbol, event_at, event_id) as core_key,
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
            ) as core_key
        from {{ ref("stg_long_short_ratio") }} as landed
        left join {{ instrument_at("landed") }} and landed.scope = 'instrument'
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    long_short_ratio_core as (

        select hash(source, venue, symbol, basis, event_at) as core_key, false as is_quarantined, null as reason
        from {{ ref("fct_long_short_ratio") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    circulating_supply as (

        select
            landed.*,
            'supply' as field,
            null as native_unit,
            case when symbol_multiplier.asset is null then 'unmapped: unknown_asset' end as gap,
            hash(landed.source, symbol_multiplier.asset, landed.event_at) as core_key
        from {{ ref("stg_circulating_supply") }} as landed
        left join {{ ref("symbol_multiplier") }} as symbol_multiplier on landed.symbol = symbol_multiplier.symbol_native
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    circulating_supply_core as (

        select hash(source, asset, event_at) as core_key, false as is_quarantined, null as reason
        from {{ ref("fct_circulating_supply") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    -- Each look at a specification that core knows is in core, also when nothing has changed since the look before.
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
            hash(landed.venue, landed.symbol, landed.event_at) as core_key
        from {{ ref("stg_instrument") }} as landed
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier
            on landed.symbol_native = symbol_multiplier.symbol_native
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    instrument_core as (

        select hash(landed.venue, landed.symbol, landed.event_at) as core_key, false as is_quarantined, null as reason
        from {{ ref("stg_instrument") }} as landed
        inner join {{ instrument_at("landed") }}
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    -- A stretch of a known stream tells core which bars its events cover.
    stream_coverage as (

        select
            landed.*,
            'coverage' as field,
            null as native_unit,
            case
                when landed.collector not in (select collector from {{ ref("liquidation_stream") }})
                then 'unmapped: unknown_stream'
            end as gap,
            hash(landed.source, landed.collector, landed.symbol, landed.covered_from, landed.event_at) as core_key
        from {{ ref("stg_stream_coverage") }} as landed
        where {{ changed("landed.event_at", window="rounding") }}

    ),

    stream_coverage_core as (

        select
            hash(source, collector, symbol, covered_from, event_at) as core_key, false as is_quarantined, null as reason
        from {{ ref("stg_stream_coverage") }}
        where {{ changed("event_at", window="rounding") }}

    ),

    {% for dataset in datasets %}
        counted_{{ dataset }} as (

            select
                '{{ dataset }}' as dataset,
                landed.source,
                landed.collector,
                landed.scope,
                landed.venue_native,
                landed.symbol,
                landed.field,
                landed.native_unit,
                landed.event_at,
                landed.observation_count,
                case
                    when landed.gap is not null
                    then landed.gap
                    when core.core_key is null
                    then 'lost: '
                    when
                        row_number() over (
                            partition by landed.core_key, landed.gap is null
                            order by landed.observed_at desc, landed.collector, landed.stamped_at desc
                        )
                        > 1
                    then 'superseded: other_value_of_bar'
                    when core.is_quarantined
                    then 'quarantined: ' || core.reason
                    else 'in_core: ' || coalesce(core.reason, '')
                end as fate
            from {{ dataset }} as landed
            left join
                (
                    select core_key, bool_or(is_quarantined) as is_quarantined, any_value(reason) as reason
                    from {{ dataset }}_core
                    group by core_key
                ) as core
                on landed.core_key = core.core_key

        ),
    {% endfor %}

    counted as (

        {% for dataset in datasets %}
            select *
            from counted_{{ dataset }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    series_days as (

        select
            dataset,
            source,
            collector,
            scope,
            venue_native,
            symbol,
            field,
            native_unit,
            {{ bar_end("event_at", 86400) }} as event_at,
            fate,
            count(*) as row_count,
            sum(observation_count - 1) as older_count,
            min(event_at) as first_event_at,
            max(event_at) as last_event_at
        from counted
        group by
            dataset,
            source,
            collector,
            scope,
            venue_native,
            symbol,
            field,
            native_unit,
            {{ bar_end("event_at", 86400) }},
            fate

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
group by dataset, source, collector, scope, venue_native, symbol, field, native_unit, event_at, fate
