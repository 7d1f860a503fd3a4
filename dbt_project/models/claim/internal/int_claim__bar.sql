-- One row per source, asset, timeframe (1h and coarser) and bar with open interest or a reference price: the moves of
-- the hours that end with the bar. They decide the claims made at the beginning of these hours. NULL where the price at
-- the beginning is missing, or less than 70 % of the bars between are present.
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

    -- Every bar of open interest, and every bar of the reference price since the first one, also where open interest
    -- has a hole.
    priced as (

        select source, asset, timeframe, event_at, market.perpetual_oi_usd, price.reference_price_usd
        from
            (
                select source, asset, timeframe, event_at, perpetual_oi_usd
                from {{ ref("fct_market_open_interest") }}
                where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at", window="claim_fortnight") }}
            ) as market
        full join
            (
                select source, asset, timeframe, event_at, reference_price_usd
                from {{ ref("int_price__bar") }}
                inner join ({{ first_bars() }}) using (source, asset, timeframe)
                where event_at >= first_event_at and {{ changed("event_at", window="claim_fortnight") }}
            ) as price using (source, asset, timeframe, event_at)

    ),

    bars as (

        select
            hash(priced.source, priced.asset, priced.timeframe) as series_key,
            {{ timeframe_seconds("priced.timeframe") }} as bar_seconds,
            priced.source,
            priced.asset,
            priced.timeframe,
            priced.event_at,
            priced.perpetual_oi_usd,
            priced.reference_price_usd,
            funding.funding_percentile_365d_ratio,
            market_cap.oi_to_market_cap_ratio,
            market_cap.oi_to_market_cap_percentile_365d_ratio
        from priced
        left join
            {{ ref("fct_funding_oi") }} as funding
            on priced.source = funding.source
            and priced.asset = funding.asset
            and priced.timeframe = funding.timeframe
            and priced.event_at = funding.event_at
            and {{ changed("funding.event_at", window="claim_fortnight") }}
        left join
            {{ ref("fct_oi_to_market_cap") }} as market_cap
            on priced.source = market_cap.source
            and priced.asset = market_cap.asset
            and priced.timeframe = market_cap.timeframe
            and priced.event_at = market_cap.event_at
            and {{ changed("market_cap.event_at", window="claim_fortnight") }}

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
