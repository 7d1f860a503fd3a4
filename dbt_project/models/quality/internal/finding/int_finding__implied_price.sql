-- One row per series with values whose USD value and quantity imply a price that cannot be true.
select
    'quarantined' as handling,
    source,
    collector as series,
    venue,
    asset,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(*) as row_count,
    arg_max(implied_price_usd, measured_at) as observed_value,
    arg_max(
        case when implied_price_usd < lowest_known_usd then lowest_known_usd else highest_known_usd end, measured_at
    ) as expected_value,
    'USD value divided by quantity is no price of the asset: one of the two is damaged, for example cut off'
    as explanation
from {{ ref("int_open_interest__implied_price") }}
group by source, collector, venue, asset
