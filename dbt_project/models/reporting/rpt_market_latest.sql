with

    newest as ({{ newest_bars() }}),

    latest as (

        select market.*, source_newest.event_at as source_event_at
        from {{ ref("fct_market_open_interest") }} as market
        inner join
            newest
            on market.source = newest.source
            and market.asset = newest.asset
            and market.timeframe = newest.timeframe
            and market.event_at = newest.event_at
        inner join
            (select source, max(event_at) as event_at from newest group by source) as source_newest
            on newest.source = source_newest.source

    ),

    day_growth as (

        select source, asset, timeframe, event_at, price_growth_ratio, price_to_oi_growth_ratio, quadrant
        from {{ ref("fct_oi_price_growth") }}
        where lookback = '24h'

    ),

    last_cascade as (

        select source, asset, max(cascade_id) as cascade_id, max(event_at) as event_at
        from
            (
                select
                    *, row_number() over (partition by source, asset order by event_at desc, cascade_id) as recency_rank
                from {{ ref("fct_liquidation_cascade") }}
            )
        where recency_rank = 1
        group by source, asset

    ),

    verdicts as (

        select cascade_id, verdict
        from {{ ref("fct_post_liquidation_stabilization") }}
        where horizon_hours = {{ threshold_literal("stabilization_verdict_hours") }}

    )

select
    latest.source,
    latest.asset,
    latest.timeframe,
    latest.event_at,
    latest.source_event_at - latest.event_at > to_hours({{ threshold("series_ended_hours") }}::integer) as is_ended,
    latest.oi_base,
    latest.oi_usd,
    case
        when latest.top5_venue_count >= {{ threshold("top5_minimum_venues") }} then latest.oi_top5_usd
    end as oi_top5_usd,
    latest.top5_venue_count,
    latest.venue_count,
    latest.coverage_ratio,
    latest.oi_growth_24h_ratio,
    case when latest.oi_growth_24h_ratio is not null then latest.growth_basis end as growth_basis,
    day_growth.price_growth_ratio as price_growth_24h_ratio,
    day_growth.price_to_oi_growth_ratio as price_to_oi_growth_24h_ratio,
    day_growth.quadrant as quadrant_24h,
    velocity.velocity_zscore,
    velocity.velocity_status,
    market_cap.oi_to_market_cap_ratio,
    last_cascade.event_at as last_cascade_event_at,
    verdicts.verdict as last_cascade_24h_verdict
from latest
left join
    day_growth
    on latest.source = day_growth.source
    and latest.asset = day_growth.asset
    and latest.timeframe = day_growth.timeframe
    and latest.event_at = day_growth.event_at
left join
    {{ ref("fct_oi_velocity") }} as velocity
    on latest.source = velocity.source
    and latest.asset = velocity.asset
    and latest.timeframe = velocity.timeframe
    and latest.event_at = velocity.event_at
left join
    {{ ref("fct_oi_to_market_cap") }} as market_cap
    on latest.source = market_cap.source
    and latest.asset = market_cap.asset
    and latest.timeframe = market_cap.timeframe
    and latest.event_at = market_cap.event_at
left join last_cascade on latest.source = last_cascade.source and latest.asset = last_cascade.asset
left join verdicts on last_cascade.cascade_id = verdicts.cascade_id
