with

    -- Each look at a venue's instrument list, and whether the specification changed since the look before.
    observed as (

        select
            *,
            event_at as seen_at,
            lag(hash(symbol_native, market_type, settlement, contract_unit, contract_size, expiry_at)) over seen
            is distinct from hash(
                symbol_native, market_type, settlement, contract_unit, contract_size, expiry_at
            ) as is_change
        from {{ ref("stg_instrument") }}
        where venue is not null
        window seen as (partition by venue, symbol order by event_at)

    ),

    -- The venue's list shows the current specification. We assume that the first one seen also held before. A change
    -- counts from the look that first shows it.
    periods as (

        select
            venue,
            symbol,
            symbol_native,
            market_type,
            settlement,
            contract_unit,
            contract_size,
            expiry_at,
            case when row_number() over looks = 1 then timestamp '1970-01-01' else seen_at end as valid_from,
            coalesce(lead(seen_at) over looks, timestamp '9999-01-01') as valid_to,
            'observed' as confidence,
            'the instrument list of the venue, seen ' || strftime(seen_at, '%Y-%m-%d %H:%M:%S') as evidence
        from observed
        where is_change
        window looks as (partition by venue, symbol order by seen_at)

    ),

    -- The validity periods of written and of observed specifications together.
    specified as (

        select
            venue,
            symbol,
            symbol_native,
            market_type,
            settlement,
            contract_unit,
            contract_size,
            expiry_at,
            coalesce(valid_from, timestamp '1970-01-01') as valid_from,
            coalesce(valid_to, timestamp '9999-01-01') as valid_to,
            confidence,
            evidence
        from {{ ref("contract_spec") }}
        -- The venue's own list takes precedence over our written specification.
        where (venue, symbol) not in (select (venue, symbol) from periods)

        union all

        select *
        from periods

    )

select
    specified.venue,
    specified.symbol,
    symbol_multiplier.asset,
    specified.market_type,
    specified.settlement,
    specified.contract_unit,
    specified.contract_size,
    symbol_multiplier.multiplier,
    specified.expiry_at,
    specified.valid_from,
    specified.valid_to,
    specified.confidence,
    specified.evidence
from specified
inner join
    {{ ref("symbol_multiplier") }} as symbol_multiplier on specified.symbol_native = symbol_multiplier.symbol_native
