{{ config(materialized="table") }}

with

    daily as (

        select source, asset, venue, event_at, oi_usd
        from {{ ref("fct_venue_open_interest") }}
        where timeframe = '1d' and oi_usd is not null

    ),

    midnights as (select distinct source, asset, event_at as top_venues_at from daily),

    -- Mean of each venue over the window that ends at the midnight.
    means as (

        select
            midnights.source,
            midnights.asset,
            midnights.top_venues_at,
            daily.venue,
            avg(daily.oi_usd) as mean_oi_30d_usd,
            count(*) as day_count
        from midnights
        inner join
            daily
            on midnights.source = daily.source
            and midnights.asset = daily.asset
            and daily.event_at > midnights.top_venues_at - interval {{ window_days("top_venue") }} day
            and daily.event_at <= midnights.top_venues_at
        group by midnights.source, midnights.asset, midnights.top_venues_at, daily.venue

    ),

    ranked as (

        select
            *,
            rank() over (partition by source, asset, top_venues_at order by mean_oi_30d_usd desc, venue) as venue_rank,
            mean_oi_30d_usd / sum(mean_oi_30d_usd) over (partition by source, asset, top_venues_at) as mean_share_ratio
        from means

    ),

    -- The days on which each ranking is in force.
    days as (

        select
            source,
            asset,
            top_venues_at,
            {{
                window_in_force(
                    "daily_state",
                    "top_venues_at",
                    "lead(top_venues_at) over (partition by source, asset order by top_venues_at)",
                )
            }} as valid_from
        from midnights

    )

select
    ranked.source,
    ranked.asset,
    ranked.venue,
    days.valid_from,
    days.valid_from + interval 1 day as valid_to,
    ranked.top_venues_at,
    ranked.mean_oi_30d_usd,
    ranked.day_count,
    ranked.venue_rank,
    ranked.venue_rank <= {{ threshold_literal("top_venue_count") }} as is_top5,
    ranked.mean_share_ratio
from ranked
inner join
    days on ranked.source = days.source and ranked.asset = days.asset and ranked.top_venues_at = days.top_venues_at
where days.valid_from <= {{ last_observed() }}
