{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- The end of every bar that finer bars (of 1h or coarser) of the same market lie within.
    covered as (

        {% for timeframe in timeframes() | selectattr("seconds", "gt", 3600) %}
            select distinct
                source,
                asset,
                '{{ timeframe.name }}' as timeframe,
                {{ bar_end("event_at", timeframe.seconds) }} as event_at
            from {{ ref("fct_market_open_interest") }}
            where
                timeframe in {{ coarse_timeframes() }}
                and {{ timeframe_seconds("timeframe") }} < {{ timeframe.seconds }}
                and {{ changed("event_at", window="bar") }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- The bars of 1h, or of the own grain of a source that is coarser.
    levels as (

        select *
        from {{ ref("fct_market_open_interest") }}
        anti join covered using (source, asset, timeframe, event_at)
        where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at") }}

    ),

    shares as (

        select
            hash(source, asset, timeframe, event_at) as bar_key,
            arg_max(venue, oi_share_ratio) as top_venue,
            max(oi_share_ratio) as top_venue_share_ratio,
            to_json(
                map_from_entries(list((venue, round(oi_share_ratio, 6)) order by oi_share_ratio desc, venue))
            )::varchar as venue_shares
        from {{ ref("fct_venue_share") }}
        where timeframe in {{ coarse_timeframes() }} and oi_share_ratio is not null and {{ changed("event_at") }}
        group by hash(source, asset, timeframe, event_at)

    ),

    -- What became known about a cascade and when: first that it is over, then its verdict at each horizon.
    cascade_news as (

        select
            source,
            asset,
            known_at,
            timeframe,
            event_at,
            cascade_id,
            null::integer as horizon_hours,
            'pending' as verdict,
            null::double as stabilization_ratio
        from {{ ref("fct_liquidation_cascade") }}

        union all

        select source, asset, known_at, timeframe, event_at, cascade_id, horizon_hours, verdict, stabilization_ratio
        from {{ ref("fct_post_liquidation_stabilization") }}

    ),

    -- The news of an asset in order of rank. The highest place belongs to the cascade that ended last; among its
    -- timeframes to the finest; within that to the longest horizon.
    ordered_news as (

        select
            *,
            row_number() over (
                partition by source, asset
                order by event_at, {{ timeframe_seconds("timeframe") }} desc, cascade_id, horizon_hours nulls first
            ) as place
        from cascade_news

    ),

    -- The highest place among the news known at each instant, including news of earlier instants.
    known_places as (

        select distinct source, asset, known_at, max(place) over (partition by source, asset order by known_at) as place
        from ordered_news

    ),

    newest_news as (

        select
            known_places.source,
            known_places.asset,
            known_places.known_at,
            ordered_news.cascade_id,
            ordered_news.event_at,
            ordered_news.horizon_hours,
            ordered_news.verdict,
            ordered_news.stabilization_ratio
        from known_places
        inner join
            ordered_news
            on known_places.source = ordered_news.source
            and known_places.asset = ordered_news.asset
            and known_places.place = ordered_news.place

    ),

    bars as (

        select
            market.source,
            market.asset,
            market.timeframe,
            market.event_at,
            market.oi_usd,
            case
                when market.top5_venue_count >= {{ threshold("top5_minimum_venues") }} then market.oi_top5_usd
            end as oi_top5_usd,
            market.top5_venue_count,
            market.concentration_ratio,
            shares.top_venue,
            shares.top_venue_share_ratio,
            shares.venue_shares,
            growth.oi_growth_ratio as oi_growth_24h_ratio,
            growth.growth_basis,
            growth.price_growth_ratio as price_growth_24h_ratio,
            growth.price_to_oi_growth_ratio as price_to_oi_growth_24h_ratio,
            growth.quadrant as quadrant_24h,
            funding.funding_8h_ratio,
            funding.funding_oi_correlation_30d,
            funding.funding_state
        from levels as market
        left join shares on hash(market.source, market.asset, market.timeframe, market.event_at) = shares.bar_key
        left join
            {{ ref("fct_oi_price_growth") }} as growth
            on market.source = growth.source
            and market.asset = growth.asset
            and market.timeframe = growth.timeframe
            and market.event_at = growth.event_at
            and growth.lookback = '24h'
        left join
            {{ ref("fct_funding_oi") }} as funding
            on market.source = funding.source
            and market.asset = funding.asset
            and market.timeframe = funding.timeframe
            and market.event_at = funding.event_at

    )

select
    bars.source,
    bars.asset,
    bars.timeframe,
    bars.event_at,
    bars.oi_usd,
    bars.oi_top5_usd,
    bars.top5_venue_count,
    bars.concentration_ratio,
    bars.top_venue,
    bars.top_venue_share_ratio,
    bars.venue_shares,
    bars.oi_growth_24h_ratio,
    bars.growth_basis,
    bars.price_growth_24h_ratio,
    bars.price_to_oi_growth_24h_ratio,
    bars.quadrant_24h,
    newest_news.cascade_id as last_cascade_id,
    newest_news.event_at as last_cascade_event_at,
    newest_news.horizon_hours as last_cascade_horizon_hours,
    newest_news.verdict as last_cascade_verdict,
    newest_news.stabilization_ratio as last_cascade_stabilization_ratio,
    bars.funding_8h_ratio,
    bars.funding_oi_correlation_30d,
    bars.funding_state
from bars
asof left join
    newest_news
    on bars.source = newest_news.source
    and bars.asset = newest_news.asset
    and bars.event_at >= newest_news.known_at
