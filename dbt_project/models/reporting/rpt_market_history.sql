with

    indexed as ({{ chain_linked_index(window="chain_bridge") }}),

    bars as (

        select
            indexed.series_key,
            indexed.chain,
            indexed.oi_index,
            market.source,
            market.asset,
            market.timeframe,
            market.event_at,
            market.oi_base,
            market.oi_usd,
            market.oi_growth_ratio,
            market.growth_basis,
            market.venue_count,
            market.suspended_venue_count,
            market.coverage_ratio
        from {{ ref("fct_market_open_interest") }} as market
        inner join
            indexed
            on market.source = indexed.source
            and market.asset = indexed.asset
            and market.timeframe = indexed.timeframe
            and market.event_at = indexed.event_at

    )

select
    source,
    asset,
    timeframe,
    event_at,
    oi_base,
    oi_usd,
    -- The newest level of the chain, carried back. A level that contains a glitch is not carried.
    oi_index
    * arg_max(oi_base / oi_index, event_at) filter (where suspended_venue_count = 0) over chain_of_bars
    as oi_linked_base,
    min(event_at) over chain_of_bars as chain_started_at,
    oi_growth_ratio,
    growth_basis,
    venue_count,
    suspended_venue_count,
    coverage_ratio
from bars
window chain_of_bars as (partition by series_key, chain)
