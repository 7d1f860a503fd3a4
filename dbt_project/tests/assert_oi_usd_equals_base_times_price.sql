with

    levels as (

        select source, venue, symbol, event_at, oi_base, oi_usd, mark_price_usd as price_usd, quality_flag
        from {{ tested(ref("fct_open_interest")) }}

        union all

        select source, venue, asset as symbol, event_at, oi_base, oi_usd, reference_price_usd as price_usd, quality_flag
        from {{ tested(ref("fct_venue_total_open_interest")) }}

    )

select *
from levels
where
    quality_flag is null
    and price_usd > 0
    and coalesce(abs(oi_usd - oi_base * price_usd) > {{ threshold("identity_tolerance") }} * oi_usd, true)
