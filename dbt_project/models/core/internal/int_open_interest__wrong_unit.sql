-- One row per collector, venue, asset and instant whose quantity claims to be USD and looks like coins or contracts.
-- The test compares the claimed value with the last known open interest in USD of the venue and asset from any other
-- series. There are four hypotheses: USD, coins, contracts, and contracts times price without the contract size. The
-- nearest one wins. USD is rejected only when it is worse than the winner by a factor of five, because open interest
-- itself changes by less between two observations.
-- One rejected asset quarantines the collector's other assets of that venue at that instant: the whole field has the
-- wrong unit.
with

    -- The quantities that claim to be USD.
    claims as (

        select
            collector,
            source,
            venue,
            asset,
            event_at,
            oi_native as claimed_usd,
            contract_size * multiplier as base_per_contract
        from {{ ref("int_open_interest__mapped") }}
        where
            native_unit = 'usd'
            and contract_unit = 'base'
            and oi_native > 0
            and {{ changed("measured_at", window="rounding") }}

    ),

    -- Most venues and assets have no such claim. The steps below read only these few.
    contested as (select distinct venue, asset from claims),

    -- Open interest in USD of the same venues and assets from vendors, and from series in coins or contracts.
    known_levels as (

        select vendor.source as known_from, vendor.venue, vendor.asset, vendor.event_at, vendor.oi_native as known_usd
        from {{ ref("fct_venue_total_open_interest") }} as vendor
        semi join contested on vendor.venue = contested.venue and vendor.asset = contested.asset
        where vendor.native_unit = 'usd' and vendor.oi_native > 0

        union all

        select
            oi.collector as known_from,
            oi.venue,
            oi.asset,
            oi.event_at,
            oi.oi_native
            * oi.multiplier
            * case when oi.native_unit = 'contract' then oi.contract_size else 1 end
            * coalesce(oi.stated_price_usd, oi.implied_price_usd) as known_usd
        from {{ ref("int_open_interest__mapped") }} as oi
        semi join contested on oi.venue = contested.venue and oi.asset = contested.asset
        anti join
            {{ ref("int_open_interest__implied_price") }} as wrong
            on oi.source = wrong.source
            and oi.collector = wrong.collector
            and oi.venue = wrong.venue
            and oi.symbol = wrong.symbol
            and oi.methodology_id = wrong.methodology_id
            and oi.measured_at = wrong.measured_at
        where
            oi.native_unit in ('base', 'contract')
            and oi.contract_unit = 'base'
            and oi.oi_native > 0
            and coalesce(oi.stated_price_usd, oi.implied_price_usd) > 0

    ),

    prices as (

        select asset, event_at, median(reference_price_usd) as price_usd
        from {{ ref("fct_reference_price") }}
        where asset in (select contested.asset from contested)
        group by asset, event_at

    ),

    -- Where several series give a level for one instant, the median is used.
    known_instants as (

        select venue, asset, event_at, median(known_usd) as known_usd, min(known_from) as known_from
        from known_levels
        group by venue, asset, event_at

    ),

    -- Each claim beside the last known level before it.
    witnessed as (

        select claims.*, known_instants.known_usd, known_instants.known_from, known_instants.event_at as known_at
        from claims
        asof join
            known_instants
            on claims.venue = known_instants.venue
            and claims.asset = known_instants.asset
            and claims.event_at >= known_instants.event_at

    ),

    -- Distance of each hypothesis from the known level, as a logarithm.
    hypotheses as (

        select
            witnessed.*,
            prices.price_usd,
            abs(ln(claimed_usd / known_usd)) as distance_usd,
            abs(ln(claimed_usd * prices.price_usd / known_usd)) as distance_base,
            abs(ln(claimed_usd * base_per_contract * prices.price_usd / known_usd)) as distance_contract,
            abs(ln(claimed_usd * base_per_contract / known_usd)) as distance_contract_price
        from witnessed
        asof join prices on witnessed.asset = prices.asset and witnessed.event_at >= prices.event_at

    ),

    judged as (

        select
            *,
            least(distance_usd, distance_base, distance_contract, distance_contract_price) as distance_best,
            -- Where a contract is one coin, coins and contracts are equal; the first of them is named.
            case
                least(distance_usd, distance_base, distance_contract, distance_contract_price)
                when distance_usd
                then 'usd'
                when distance_base
                then 'base'
                when distance_contract
                then 'contract'
                when distance_contract_price
                then 'contract_price'
            end as likely_unit
        from hypotheses

    ),

    -- The claims that the known level rejects.
    witnesses as (

        select *
        from judged
        where likely_unit <> 'usd' and distance_usd - distance_best > ln({{ threshold("wrong_unit_factor") }})

    ),

    -- The collector, venue and instant of each rejected claim.
    quarantined as (

        select
            source,
            collector,
            venue,
            event_at,
            mode(likely_unit) as likely_unit,
            string_agg(asset, ', ' order by asset) as witness_assets
        from witnesses
        group by source, collector, venue, event_at

    )

select
    claims.source,
    claims.collector,
    claims.venue,
    claims.asset,
    claims.event_at,
    coalesce(witnesses.likely_unit, quarantined.likely_unit) as likely_unit,
    quarantined.witness_assets,
    claims.claimed_usd,
    witnesses.known_usd,
    witnesses.known_at,
    witnesses.known_from
from claims
inner join
    quarantined
    on claims.source = quarantined.source
    and claims.collector = quarantined.collector
    and claims.venue = quarantined.venue
    and claims.event_at = quarantined.event_at
left join
    witnesses
    on claims.source = witnesses.source
    and claims.collector = witnesses.collector
    and claims.venue = witnesses.venue
    and claims.asset = witnesses.asset
    and claims.event_at = witnesses.event_at
where
    {{ changed("claims.event_at") }}
    and not (quarantined.likely_unit = 'contract_price' and claims.base_per_contract = 1)
