{{ config(materialized="table") }}

with

    daily as (

        select source, asset, venue, event_at, oi_usd
        from {{ ref("fct_venue_open_interest") }}
        where timeframe = '1d' and oi_usd is not null

    ),

    days as (select distinct source, asset, event_at as valid_from from daily),

    -- Mean of each venue over the window that ends at the midnight.
    means as (

        select
            days.source,
            days.asset,
            days.valid_from,
            daily.venue,
            avg(daily.oi_usd) as mean_oi_30d_usd,
            count(*) as day_count
        from days
        inner join
            daily
            on days.source = daily.source
            and days.asset = daily.asset
            and daily.event_at > days.valid_from - interval {{ window_days("top_venue") }} day
            and daily.event_at <= days.valid_from
        group by days.source, days.asset, days.valid_from, daily.venue

    ),

    ranked as (

        select
            *,
            rank() over (partition by source, asset, valid_from order by mean_oi_30d_usd desc, venue) as venue_rank,
            mean_oi_30d_usd / sum(mean_oi_30d_usd) over (partition by source, asset, valid_from) as mean_share_ratio
        from means

    )

select
    source,
    asset,
    venue,
    valid_from,
    valid_from + interval 1 day as valid_to,
    mean_oi_30d_usd,
    day_count,
    venue_rank,
    venue_rank <= {{ threshold_literal("top_venue_count") }} as is_top5,
    mean_share_ratio
from ranked
