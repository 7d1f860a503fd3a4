-- One row per source, collector, instrument, methodology rule and exact instant whose USD value and quantity imply a
-- price that cannot be true: one of the two numbers is damaged, for example cut off at the end of a file. The
-- implied price is compared with the price that the row itself states or the contract's candle has. Without such a
-- price it is compared with the prices that the series implied in the window before, and is rejected only when it is
-- far from every one of them. So the sound value after a damaged one is accepted, and so is a price that really
-- rises.
with

    implied as (

        select
            oi.source,
            oi.collector,
            oi.venue,
            oi.symbol,
            oi.asset,
            oi.methodology_id,
            oi.event_at,
            oi.measured_at,
            oi.implied_price_usd,
            coalesce(oi.stated_price_usd, candle.price_usd) as known_price_usd
        from {{ ref("int_open_interest__mapped") }} as oi
        left join
            {{ ref("int_price__venue") }} as candle
            on oi.source = candle.source
            and oi.venue = candle.venue
            and oi.symbol = candle.symbol
            and oi.event_at = candle.event_at
        where oi.implied_price_usd > 0 and {{ changed("oi.measured_at", window="implied_price") }}

    ),

    compared as (

        select
            *,
            coalesce(known_price_usd, min(implied_price_usd) over before) as lowest_known_usd,
            coalesce(known_price_usd, max(implied_price_usd) over before) as highest_known_usd
        from implied
        window
            before as (
                partition by source, collector, venue, symbol, methodology_id
                order by measured_at {{ frame_before("implied_price") }}
            )

    )

select
    source,
    collector,
    venue,
    symbol,
    asset,
    methodology_id,
    event_at,
    measured_at,
    implied_price_usd,
    lowest_known_usd,
    highest_known_usd
from compared
where
    (
        implied_price_usd * {{ threshold("implied_price_factor") }} < lowest_known_usd
        or implied_price_usd > {{ threshold("implied_price_factor") }} * highest_known_usd
    )
    and {{ changed("event_at") }}
