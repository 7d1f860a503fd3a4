{{ config(materialized="incremental", incremental_strategy="replace_from") }}
-- One row per source, asset and instant on the 5-minute grid: the median of the venues' prices. Dated contracts trade
-- at a basis, so only perpetuals and a vendor's own prices count. Each source has its own reference price, because
-- sources are never mixed (docs/decisions, 0008).
with

    -- Prices that rows of open interest state or imply. Where they cannot both be true, the row gives no price.
    from_open_interest as (

        select
            oi.source,
            oi.venue,
            oi.symbol,
            oi.asset,
            oi.event_at,
            coalesce(oi.stated_price_usd, oi.implied_price_usd) as price_usd
        from {{ ref("int_open_interest__mapped") }} as oi
        left join
            {{ ref("int_open_interest__implied_price") }} as wrong
            on oi.source = wrong.source
            and oi.collector = wrong.collector
            and oi.venue = wrong.venue
            and oi.symbol = wrong.symbol
            and oi.methodology_id = wrong.methodology_id
            and oi.measured_at = wrong.measured_at
        where
            oi.market_type = 'perpetual'
            and wrong.measured_at is null
            and {{ changed("oi.measured_at", window="rounding") }}

    ),

    -- The price of a vendor beside its venue totals. The vendor repeats one price for every venue, so it counts once.
    vendor_prices as (

        select
            oi.source,
            symbol_multiplier.asset,
            {{ bar_end("oi.event_at", 300) }} as event_at,
            median(oi.price_usd_native / symbol_multiplier.multiplier) as price_usd
        from {{ ref("stg_open_interest") }} as oi
        inner join {{ ref("symbol_multiplier") }} as symbol_multiplier on oi.symbol = symbol_multiplier.symbol_native
        where oi.scope = 'venue_total' and oi.price_usd_native > 0 and {{ changed("oi.event_at", window="rounding") }}
        group by oi.source, symbol_multiplier.asset, {{ bar_end("oi.event_at", 300) }}

    ),

    venue_prices as (

        select price.source, price.asset, price.event_at, price.price_usd
        from {{ ref("int_price__venue") }} as price
        inner join {{ instrument_at("price") }}
        where instrument.market_type = 'perpetual' and {{ changed("price.event_at", window="rounding") }}

        union all

        -- An instrument with a candle at the instant already has its price above.
        select source, asset, event_at, price_usd
        from from_open_interest
        anti join {{ ref("int_price__venue") }} as candle using (source, venue, symbol, event_at)
        where price_usd > 0

        union all

        select source, asset, event_at, price_usd
        from vendor_prices

    )

select source, asset, event_at, median(price_usd) as reference_price_usd, count(*) as price_count
from venue_prices
where {{ changed("event_at") }}
group by source, asset, event_at
