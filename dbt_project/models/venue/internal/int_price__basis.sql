-- One row per source, dated contract and instant on the 5-minute grid with a price: its basis over the venue's index,
-- else over the reference price. The reference price is less exact, because it contains the premium of perpetuals.
with

    dated as (

        select
            contract.source,
            contract.venue,
            contract.symbol,
            contract.asset,
            contract.event_at,
            contract.price_usd,
            instrument.expiry_at
        from {{ ref("int_price__contract") }} as contract
        inner join {{ instrument_at("contract") }}
        where
            contract.market_type = 'dated'
            and contract.event_at < instrument.expiry_at
            and {{ changed("contract.event_at") }}

    ),

    indices as (

        select
            source,
            venue,
            symbol,
            event_at,
            arg_min(index_price_usd, {{ timeframe_seconds("timeframe") }}) as index_price_usd
        from {{ ref("fct_price") }}
        -- As in int_price__venue: the index of a bar that was built from finer bars may be older than the bar's end.
        where is_native_grain and index_price_usd > 0 and {{ changed("event_at") }}
        group by source, venue, symbol, event_at

    )

select
    dated.source,
    dated.venue,
    dated.symbol,
    dated.asset,
    dated.expiry_at,
    dated.event_at,
    dated.price_usd / coalesce(indices.index_price_usd, reference.reference_price_usd) - 1 as basis_ratio,
    indices.index_price_usd is not null as is_over_index
from dated
left join
    indices
    on dated.source = indices.source
    and dated.venue = indices.venue
    and dated.symbol = indices.symbol
    and dated.event_at = indices.event_at
left join
    {{ ref("fct_reference_price") }} as reference
    on dated.source = reference.source
    and dated.asset = reference.asset
    and dated.event_at = reference.event_at
where coalesce(indices.index_price_usd, reference.reference_price_usd) > 0
