-- One row per check, pair of series, venue, asset and instant at which two numbers should be equal.
with

    collectors as (

        select collector, source, scope, venue, symbol, native_field, native_unit, event_at, observed_at, oi_native
        from {{ ref("stg_open_interest") }}
        where scope = 'instrument' and venue is not null and oi_native > 0 and {{ changed("event_at") }}

    ),

    -- Only instants that several collectors have need the expensive join. The first two steps find them: the series
    -- with several collectors, then their shared instants.
    shared_series as (

        select source, venue, symbol
        from collectors
        group by source, venue, symbol
        having min(collector) <> max(collector)

    ),

    shared_instants as (

        select collectors.source, collectors.venue, collectors.symbol, collectors.event_at
        from collectors
        inner join
            shared_series
            on collectors.source = shared_series.source
            and collectors.venue = shared_series.venue
            and collectors.symbol = shared_series.symbol
        group by collectors.source, collectors.venue, collectors.symbol, collectors.event_at
        having count(*) > 1

    ),

    shared_collectors as (

        select collectors.*
        from collectors
        inner join
            shared_instants
            on collectors.source = shared_instants.source
            and collectors.venue = shared_instants.venue
            and collectors.symbol = shared_instants.symbol
            and collectors.event_at = shared_instants.event_at
        -- When a venue changes to another field, the last instants appear once in each field. One row per instant is
        -- kept.
        qualify
            row_number() over (
                partition by
                    collectors.source,
                    collectors.collector,
                    collectors.venue,
                    collectors.symbol,
                    collectors.native_unit,
                    collectors.event_at
                order by collectors.observed_at desc, collectors.native_field
            )
            = 1

    ),

    -- Collectors that read one file. A file that is compared with itself always agrees. The origin of a batch is the
    -- collector, a colon and the path of the file.
    readers_of_one_file as (

        select distinct first_one.collector as first_collector, second_one.collector as second_collector
        from {{ source("ops", "load_batch") }} as first_one
        inner join
            {{ source("ops", "load_batch") }} as second_one
            on first_one.dataset = second_one.dataset
            and first_one.collector < second_one.collector
            and substr(first_one.origin, length(first_one.collector) + 1)
            = substr(second_one.origin, length(second_one.collector) + 1)
            and substr(first_one.origin, length(first_one.collector) + 1, 1) = ':'
        where first_one.dataset = 'open_interest'

    ),

    two_collectors as (

        select
            'two_collectors' as check_name,
            first_one.collector || ' ' || first_one.symbol as series_a,
            second_one.collector || ' ' || second_one.symbol as series_b,
            first_one.venue,
            instrument.asset,
            first_one.event_at,
            first_one.oi_native as value_a,
            second_one.oi_native as value_b
        from shared_collectors as first_one
        inner join
            shared_collectors as second_one
            on first_one.source = second_one.source
            and first_one.venue = second_one.venue
            and first_one.symbol = second_one.symbol
            and first_one.event_at = second_one.event_at
            and first_one.native_unit = second_one.native_unit
            and first_one.collector < second_one.collector
        inner join {{ instrument_at("first_one") }}
        where
            (first_one.collector, second_one.collector)
            not in (select (first_collector, second_collector) from readers_of_one_file)

    ),

    -- Sum over the perpetuals of each venue, on as many sides as the source counts.
    exchange_venues as (

        select source, venue, asset, event_at, sum(oi_usd * sides) as oi_usd
        from {{ ref("fct_open_interest") }}
        where not is_quarantined and market_type = 'perpetual' and {{ changed("event_at") }}
        group by source, venue, asset, event_at

    ),

    -- A vendor total contains all contracts of a venue, so it can equal the sum over perpetuals only where the venue
    -- has one contract of the asset.
    direct_and_vendor as (

        select
            'direct_and_vendor' as check_name,
            direct.source as series_a,
            vendor.source as series_b,
            direct.venue,
            direct.asset,
            direct.event_at,
            direct.oi_usd as value_a,
            vendor.oi_usd * vendor.sides as value_b
        from exchange_venues as direct
        inner join
            {{ ref("fct_venue_total_open_interest") }} as vendor
            on direct.venue = vendor.venue
            and direct.asset = vendor.asset
            and direct.event_at = vendor.event_at
            and direct.source <> vendor.source
        where not vendor.is_quarantined

    ),

    -- Sum over the venues of a vendor, and the total that the vendor itself states.
    reported_totals as (

        select
            source,
            asset,
            event_at,
            sum(reported_oi_usd) as reported_oi_usd,
            max(source_total_oi_usd) as source_total_oi_usd
        from {{ ref("dq_open_interest_as_reported") }}
        where scope = 'venue_total' and source_total_oi_usd is not null and {{ changed("event_at") }}
        group by source, asset, event_at

    ),

    -- USD that a source states, and its coins times the price.
    identities as (

        select
            'usd_and_base_times_price' as check_name,
            collector || ' ' || symbol || ': USD' as series_a,
            collector || ' ' || symbol || ': coins x ' || price_basis || ' price' as series_b,
            venue,
            asset,
            event_at,
            oi_usd as value_a,
            oi_base * mark_price_usd as value_b
        from {{ ref("fct_open_interest") }}
        where
            price_basis in ('stated', 'candle')
            and reported_value_usd is not null
            and native_unit <> 'usd'
            and not is_quarantined
            and {{ changed("event_at") }}

    )

select check_name, series_a, series_b, venue, asset, event_at, value_a, value_b
from two_collectors
union all
select check_name, series_a, series_b, venue, asset, event_at, value_a, value_b
from direct_and_vendor
union all
select
    'source_total_and_venues' as check_name,
    source || ': sum of venues' as series_a,
    source || ': own total' as series_b,
    null as venue,
    asset,
    event_at,
    reported_oi_usd as value_a,
    source_total_oi_usd as value_b
from reported_totals
union all
select check_name, series_a, series_b, venue, asset, event_at, value_a, value_b
from identities
union all
select
    'market_cap_two_sources' as check_name,
    first_one.source as series_a,
    second_one.source as series_b,
    null as venue,
    first_one.asset,
    first_one.event_at,
    first_one.market_cap_usd as value_a,
    second_one.market_cap_usd as value_b
from {{ ref("fct_circulating_supply") }} as first_one
inner join
    {{ ref("fct_circulating_supply") }} as second_one
    on first_one.asset = second_one.asset
    and first_one.event_at = second_one.event_at
    and first_one.source < second_one.source
where
    {{ changed("first_one.event_at") }}
    and first_one.market_cap_usd is not null
    and second_one.market_cap_usd is not null
