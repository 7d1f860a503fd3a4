-- How large may a position be, and which leverage does its stop allow?
--
-- Two rows per source and asset: a long and a short for 10,000 USD of equity, entered at the newest reference price,
-- with the stop 5 % away. Replace these numbers with your own. size_base, size_usd: the position that loses 2 % of the
-- equity at the stop (an article: "cap your position at 2% of account value per trade"). liquidation_20x_price_usd:
-- price at which an isolated position at 20x is liquidated ("with 20x leverage available, even a 5% adverse move
-- liquidation triggers"). max_leverage: with more leverage the liquidation comes before the stop.
--
-- Not for: coin-margined contracts, cross margin, or large positions, whose maintenance margin is higher.
with

    newest as (select source, asset, max(event_at) as event_at from core.fct_reference_price group by source, asset),

    trades as (

        select
            price.source,
            price.asset,
            price.event_at,
            trade.direction,
            price.reference_price_usd as entry_price_usd,
            price.reference_price_usd * trade.stop_to_entry as stop_price_usd
        from core.fct_reference_price as price
        inner join newest using (source, asset, event_at)
        cross join (values ('long', 0.95), ('short', 1.05)) as trade(direction, stop_to_entry)

    )

select
    source,
    asset,
    event_at,
    direction,
    entry_price_usd,
    stop_price_usd,
    risk.position_size(10000, entry_price_usd, stop_price_usd) as size_base,
    risk.position_size(10000, entry_price_usd, stop_price_usd) * entry_price_usd as size_usd,
    risk.liquidation_price(entry_price_usd, 20, direction) as liquidation_20x_price_usd,
    risk.max_leverage_for_stop(entry_price_usd, stop_price_usd, direction) as max_leverage
from trades
order by source, asset, direction
;
