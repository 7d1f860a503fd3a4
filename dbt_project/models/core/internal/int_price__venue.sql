-- One row per source, instrument and instant on the 5-minute grid with a price: the mark price of the venue, else its
-- last trade.
with

    priced as (

        select
            source,
            venue,
            symbol,
            asset,
            event_at,
            coalesce(mark_price_usd, close_price_usd) as price_usd,
            row_number() over (
                partition by source, venue, symbol, event_at order by {{ timeframe_seconds("timeframe") }}
            ) as grain_rank
        from {{ ref("fct_price") }}
        -- The close of a bar that was built from finer bars may be older than the bar's end. The finer bar has that
        -- price at its own instant.
        where is_native_grain and coalesce(mark_price_usd, close_price_usd) is not null and {{ changed("event_at") }}

    )

select source, venue, symbol, asset, event_at, price_usd
from priced
where grain_rank = 1
