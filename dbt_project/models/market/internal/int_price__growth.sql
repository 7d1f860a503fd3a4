-- One row per source, asset, timeframe and bar of open interest: change of the reference price over the bar.
with prices as ({{ prices_at_bars(window="bar") }})

select
    price.source,
    price.asset,
    price.timeframe,
    price.event_at,
    price.reference_price_usd / nullif(previous.reference_price_usd, 0) - 1 as price_growth_ratio
from prices as price
left join
    prices as previous
    on price.source = previous.source
    and price.asset = previous.asset
    and price.timeframe = previous.timeframe
    and price.event_at = previous.event_at + to_seconds({{ timeframe_seconds("previous.timeframe") }})
where {{ changed("price.event_at") }}
