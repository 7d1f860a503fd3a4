-- One row per series that claims USD but is in another unit.
select
    'quarantined' as handling,
    source,
    collector as series,
    venue,
    asset,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(*) as row_count,
    median(claimed_usd) as observed_value,
    median(known_usd) as expected_value,
    case
        any_value(likely_unit)
        when 'base'
        then 'coin/USD confusion: the value that claims USD is a number of coins'
        when 'contract'
        then 'contract size: the value that claims USD is a number of contracts'
        when 'contract_price'
        then 'contract size: contracts times price, without what a contract is worth'
    end
    || ' (witnessed by '
    || any_value(witness_assets)
    || ')' as explanation
from {{ ref("int_open_interest__wrong_unit") }}
group by source, collector, venue, asset
