-- One row per source, asset, timeframe (1h and coarser) and bar: the moves of the hours that end with the bar. They
-- decide the claims made at the beginning of these hours. NULL where the bar at the beginning is missing, or less than
-- 70 % of the bars between are present.
{%- set extremes = [
    {
        "name": "lowest_14d_usd",
        "aggregate": "min",
        "value": "reference_price_usd",
        "window": "claim_fortnight",
    },
    {"name": "lowest_7d_usd", "aggregate": "min", "value": "reference_price_usd", "window": "claim_week"},
    {"name": "highest_7d_usd", "aggregate": "max", "value": "reference_price_usd", "window": "claim_week"},
    {
        "name": "highest_funding_7d_ratio",
        "aggregate": "max",
        "value": "funding_percentile_365d_ratio",
        "window": "claim_week",
    },
] %}
with

    bars as (

        select
            hash(market.source, market.asset, market.timeframe) as series_key,
            {{ timeframe_seconds("market.timeframe") }} as bar_seconds,
            market.source,
            market.asset,
            market.timeframe,
            market.event_at,
            market.perpetual_oi_usd,
            reference.reference_price_usd,
            funding.funding_percentile_365d_ratio,
            market_cap.oi_to_market_cap_ratio,
            market_cap.oi_to_market_cap_percentile_365d_ratio
        from {{ ref("fct_market_open_interest") }} as market
        left join
            {{ ref("fct_reference_price") }} as reference
            on market.source = reference.source
            and market.asset = reference.asset
            and market.event_at = reference.event_at
            and {{ changed("reference.event_at", window="claim_fortnight") }}
        left join
            {{ ref("fct_funding_oi") }} as funding
            on market.source = funding.source
            and market.asset = funding.asset
            and market.timeframe = funding.timeframe
            and market.event_at = funding.event_at
            and {{ changed("funding.event_at", window="claim_fortnight") }}
        left join
            {{ ref("fct_oi_to_market_cap") }} as market_cap
            on market.source = market_cap.source
            and market.asset = market_cap.asset
            and market.timeframe = market_cap.timeframe
            and market.event_at = market_cap.event_at
            and {{ changed("market_cap.event_at", window="claim_fortnight") }}
        where
            market.timeframe in {{ coarse_timeframes() }} and {{ changed("market.event_at", window="claim_fortnight") }}

    ),

    framed as (

        select
            *,
            any_value(reference_price_usd) over a_day_ago as price_1d_ago_usd,
            any_value(reference_price_usd) over a_week_ago as price_7d_ago_usd,
            any_value(reference_price_usd) over a_fortnight_ago as price_14d_ago_usd,
            {% for extreme in extremes %}
                case
                    when
                        {{
                            is_covered(
                                extreme.window, "count(" ~ extreme.value ~ ") over " ~ extreme.window, "bar_seconds"
                            )
                        }}
                    then {{ extreme.aggregate }} ({{ extreme.value }}) over {{ extreme.window }}
                end as {{ extreme.name }}{{ "," if not loop.last }}
            {% endfor %}
        from bars
        window
            series as (partition by series_key order by event_at),
            a_day_ago as (series {{ frame_ago("claim_day") }}),
            a_week_ago as (series {{ frame_ago("claim_week") }}),
            a_fortnight_ago as (series {{ frame_ago("claim_fortnight") }}),
            claim_week as (series {{ frame_within("claim_week") }}),
            claim_fortnight as (series {{ frame_within("claim_fortnight") }})

    )

select
    source,
    asset,
    timeframe,
    event_at,
    perpetual_oi_usd,
    oi_to_market_cap_ratio,
    oi_to_market_cap_percentile_365d_ratio,
    reference_price_usd / price_1d_ago_usd - 1 as return_24h_ratio,
    reference_price_usd / price_7d_ago_usd - 1 as return_7d_ratio,
    price_7d_ago_usd / price_14d_ago_usd - 1 as return_7d_before_ratio,
    lowest_7d_usd / price_7d_ago_usd - 1 as largest_fall_7d_ratio,
    highest_7d_usd / price_7d_ago_usd - 1 as largest_rise_7d_ratio,
    lowest_14d_usd / price_14d_ago_usd - 1 as largest_fall_14d_ratio,
    case when price_7d_ago_usd is not null then highest_funding_7d_ratio end as highest_funding_7d_ratio
from framed
where {{ changed("event_at") }}
