-- One row per source, asset, timeframe and bar with a reference price: change of that price over the bar.
select
    price.source,
    price.asset,
    price.timeframe,
    price.event_at,
    price.reference_price_usd / previous.reference_price_usd - 1 as price_growth_ratio
from {{ ref("int_price__bar") }} as price
left join
    {{ ref("int_price__bar") }} as previous
    on price.source = previous.source
    and price.asset = previous.asset
    and price.timeframe = previous.timeframe
    and price.event_at = previous.event_at + to_seconds({{ timeframe_seconds("previous.timeframe") }})
    and {{ changed("previous.event_at", window="bar") }}
where {{ changed("price.event_at") }}
