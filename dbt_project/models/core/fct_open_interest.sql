{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- Each value with the best price for its conversion.
    priced as (

        select
            oi.*,
            implied_price.implied_price_usd is not null as is_implied_price_wrong,
            coalesce(
                oi.stated_price_usd,
                candle.price_usd,
                case when implied_price.implied_price_usd is null then oi.implied_price_usd end,
                reference.reference_price_usd
            ) as price_usd,
            case
                when oi.stated_price_usd is not null
                then 'stated'
                when candle.price_usd is not null
                then 'candle'
                when oi.implied_price_usd is not null and implied_price.implied_price_usd is null
                then 'implied'
                when reference.reference_price_usd is not null
                then 'reference'
            end as price_basis
        from {{ ref("int_open_interest__mapped") }} as oi
        left join
            {{ ref("int_price__venue") }} as candle
            on oi.source = candle.source
            and oi.venue = candle.venue
            and oi.symbol = candle.symbol
            and oi.event_at = candle.event_at
        left join
            {{ ref("fct_reference_price") }} as reference
            on oi.source = reference.source
            and oi.asset = reference.asset
            and oi.event_at = reference.event_at
        left join
            {{ ref("int_open_interest__implied_price") }} as implied_price
            on oi.source = implied_price.source
            and oi.collector = implied_price.collector
            and oi.venue = implied_price.venue
            and oi.symbol = implied_price.symbol
            and oi.methodology_id = implied_price.methodology_id
            and oi.measured_at = implied_price.measured_at
        where {{ changed("oi.measured_at", window="rounding") }}

    ),

    converted as (

        select
            priced.*,
            {{ to_contracts("oi_native", "native_unit", "price_usd") }} / sides as oi_contracts,
            {{ to_base("oi_native", "native_unit", "price_usd") }} / sides as oi_base,
            coalesce(value_usd_native, {{ to_usd("oi_native", "native_unit", "price_usd") }}) / sides as oi_usd,
            wrong_unit.likely_unit is not null as is_wrong_unit
        from priced
        left join
            {{ ref("int_open_interest__wrong_unit") }} as wrong_unit
            on priced.native_unit = 'usd'
            and priced.collector = wrong_unit.collector
            and priced.venue = wrong_unit.venue
            and priced.asset = wrong_unit.asset
            and priced.event_at = wrong_unit.event_at

    ),

    flagged as (

        select
            *,
            -- A contract that is sized in coins is worth the same number of coins at any price. One that is sized in
            -- USD is not, so its quantity is its face value.
            case
                when contract_unit = 'base'
                then oi_base
                when native_unit = 'base'
                then oi_usd
                else oi_contracts * contract_size
            end as oi_quantity,
            case
                when oi_native = 0
                then 'zero'
                when oi_native < 0
                then 'negative'
                when is_wrong_unit
                then 'wrong_unit'
                when is_implied_price_wrong
                then 'implied_price'
                when abs(oi_usd / nullif(oi_base * price_usd, 0) - 1) > {{ threshold("identity_tolerance") }}
                then 'identity'
                when price_usd is null
                then 'no_price'
            end as quality_flag
        from converted

    ),

    judged as (

        select
            *,
            coalesce(quality_flag in ('zero', 'negative', 'wrong_unit', 'implied_price'), false) as is_quarantined,
            hash(source, venue, symbol, event_at) as instant_key
        from flagged

    ),

    -- Most instants have the value of one collector. Only the others are ranked, because a sort of all rows would cost
    -- more than the rest of this model.
    contested as (select instant_key from judged group by instant_key having count(*) > 1),

    -- Of several collectors' values the first in this order is used: not quarantined, from a regular series,
    -- measurement nearest to the bar's end, finest grain, newest observation.
    ranked as (

        select
            *,
            bool_or(native_timeframe = '15m') over instant as is_15m_grain,
            bool_or(native_timeframe = '4h') over instant as is_4h_grain,
            row_number() over (
                instant
                order by
                    is_quarantined,
                    interval_seconds is null,
                    abs(epoch_us(event_at - measured_at)),
                    interval_seconds,
                    observed_at desc,
                    collector
            ) as row_rank
        from judged
        semi join contested using (instant_key)
        window instant as (partition by source, venue, symbol, event_at)

    ),

    chosen as (

        select *, native_timeframe = '15m' as is_15m_grain, native_timeframe = '4h' as is_4h_grain
        from judged
        anti join contested using (instant_key)

        union all

        select * exclude (row_rank)
        from ranked
        where row_rank = 1

    )

select
    source,
    source_mode,
    collector,
    venue,
    symbol,
    asset,
    market_type,
    settlement,
    event_at,
    measured_at,
    observed_at,
    native_timeframe,
    interval_seconds,
    coalesce(is_15m_grain, false) as is_15m_grain,
    coalesce(is_4h_grain, false) as is_4h_grain,
    oi_native,
    native_unit,
    value_usd_native as reported_value_usd,
    sides,
    methodology_id,
    oi_contracts,
    oi_base,
    oi_usd,
    oi_quantity,
    contract_unit as quantity_unit,
    price_usd as mark_price_usd,
    price_basis,
    quality_flag,
    is_quarantined
from chosen
where {{ changed("event_at") }}
