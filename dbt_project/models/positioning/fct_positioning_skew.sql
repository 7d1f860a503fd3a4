with

    -- All contracts of one venue show the same traders, so the venue counts once.
    venue_shares as (

        select source, asset, basis, venue, event_at, median(short_share_ratio) as short_share_ratio
        from {{ ref("fct_long_short_ratio") }}
        where {{ changed("event_at") }}
        group by source, asset, basis, venue, event_at

    ),

    shares as (

        select source, asset, basis, event_at, median(short_share_ratio) as short_share_ratio, count(*) as venue_count
        from venue_shares
        group by source, asset, basis, event_at

    ),

    -- A venue counts once, on whatever basis. Taker flow is excluded: it measures trades, not positions.
    witnesses as (

        select
            source,
            asset,
            event_at,
            count(distinct venue) filter (
                where short_share_ratio >= (1 + {{ threshold("short_squeeze_skew") }}) * (1 - short_share_ratio)
            ) as independent_source_count
        from venue_shares
        where basis <> 'taker_flow'
        group by source, asset, event_at

    )

select
    shares.source,
    shares.asset,
    shares.basis,
    shares.event_at,
    1 - shares.short_share_ratio as long_share_ratio,
    shares.short_share_ratio,
    shares.short_share_ratio / nullif(1 - shares.short_share_ratio, 0) - 1 as short_skew_ratio,
    shares.venue_count,
    witnesses.independent_source_count,
    funding.funding_percentile_365d_ratio,
    coalesce(funding.funding_status, 'missing_input') as funding_status,
    case
        when funding.funding_percentile_365d_ratio is not null and witnesses.independent_source_count is not null
        then
            funding.funding_percentile_365d_ratio >= {{ threshold("short_squeeze_funding_percentile") }}
            and witnesses.independent_source_count >= {{ threshold("short_squeeze_venues") }}
    end as is_short_squeeze_setup
from shares
left join
    witnesses
    on shares.source = witnesses.source
    and shares.asset = witnesses.asset
    and shares.event_at = witnesses.event_at
-- Settlements are hours apart, so every instant takes the funding of the last full hour.
left join
    {{ ref("fct_funding_oi") }} as funding
    on shares.source = funding.source
    and shares.asset = funding.asset
    and funding.timeframe = '1h'
    and date_trunc('hour', shares.event_at) = funding.event_at
