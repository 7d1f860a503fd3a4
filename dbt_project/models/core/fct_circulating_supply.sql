with

    reported as (

        select
            supply.source,
            symbol_multiplier.asset,
            supply.event_at,
            supply.observed_at,
            supply.supply_base,
            supply.market_cap_usd,
            row_number() over (
                partition by supply.source, symbol_multiplier.asset, supply.event_at
                order by supply.observed_at desc, supply.collector
            ) as observation_rank
        from {{ ref("stg_circulating_supply") }} as supply
        inner join
            {{ ref("symbol_multiplier") }} as symbol_multiplier on supply.symbol = symbol_multiplier.symbol_native

    ),

    -- The first instant of each day with a reference price: the schedule gets one row there.
    days as (

        select asset, min(event_at) as event_at
        from {{ ref("fct_reference_price") }}
        group by asset, date_trunc('day', event_at)

    ),

    periods as (

        select
            *,
            coalesce(lead(valid_from) over (partition by asset order by valid_from), timestamp '9999-01-01') as valid_to
        from {{ ref("circulating_supply_schedule") }}

    ),

    scheduled as (

        select
            days.asset,
            days.event_at,
            periods.supply_base
            + periods.daily_issuance_base * (epoch(days.event_at) - epoch(periods.valid_from)) / 86400 as supply_base
        from days
        inner join
            periods
            on days.asset = periods.asset
            and days.event_at >= periods.valid_from
            and days.event_at < periods.valid_to

    )

select source, asset, event_at, observed_at, supply_base, market_cap_usd
from reported
where observation_rank = 1

union all

select 'schedule' as source, asset, event_at, null as observed_at, supply_base, null as market_cap_usd
from scheduled
