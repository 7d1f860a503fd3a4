-- One row per source, contract and instant on the 5-minute grid with a price of its own: the mark of its candle, else
-- its last trade, else the price that its open interest states or implies. The market's reference price does not count
-- as the contract's own.
with

    candles as (

        select
            price.source,
            price.venue,
            price.symbol,
            price.asset,
            instrument.market_type,
            price.event_at,
            price.price_usd
        from {{ ref("int_price__venue") }} as price
        inner join {{ instrument_at("price") }}
        where {{ changed("price.event_at") }}

    ),

    from_open_interest as (

        select source, venue, symbol, asset, market_type, event_at, mark_price_usd as price_usd
        from {{ ref("fct_open_interest") }}
        where price_basis in ('stated', 'implied') and mark_price_usd > 0 and {{ changed("event_at") }}

    )

select source, venue, symbol, asset, market_type, event_at, price_usd
from candles

union all

select source, venue, symbol, asset, market_type, event_at, price_usd
from from_open_interest
anti join candles using (source, venue, symbol, event_at)
