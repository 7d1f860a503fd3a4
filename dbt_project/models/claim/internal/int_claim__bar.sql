-- One row per source, asset, timeframe (1h and coarser) and bar: what the hours that end with it brought, as the claims ask
-- of the bar at their beginning. NULL where that bar is missing, or less than 70 % of the way there is.
{%- set ways = [
    {"name": "lowest_14d_usd", "aggregate": "min", "value": "reference_price_usd", "days": 14},
    {"name": "lowest_7d_usd", "aggregate": "min", "value": "reference_price_usd", "days": 7},
    {"name": "highest_7d_usd", "aggregate": "max", "value": "reference_price_usd", "days": 7},
    {"name": "highest_funding_7d_ratio", "aggregate": "max", "value": "funding_percentile_365d_ratio", "days": 7},
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
    left join {{ ref("fct_reference_price") }} as reference
        on market.source = reference.source
        and market.asset = reference.asset
        and market.event_at = reference.event_at
        and {{ changed("reference.event_at", lookback_days=15) }}
    left join {{ ref("fct_funding_oi") }} as funding
        on market.source = funding.source
        and market.asset = funding.asset
        and market.timeframe = funding.timeframe
        and market.event_at = funding.event_at
        and {{ changed("funding.event_at", lookback_days=15) }}
    left join {{ ref("fct_oi_to_market_cap") }} as market_cap
        on market.source = market_cap.source
        and market.asset = market_cap.asset
        and market.timeframe = market_cap.timeframe
        and market.event_at = market_cap.event_at
        and {{ changed("market_cap.event_at", lookback_days=15) }}
    where market.timeframe in ('1h', '4h', '1d') and {{ changed("market.event_at", lookback_days=15) }}

),

framed as (

    select
        *,
        {% for days in [1, 7, 14] %}
        any_value(reference_price_usd) over (
            partition by series_key order by event_at
            range between interval {{ days }} day preceding and interval {{ days }} day preceding
        ) as price_{{ days }}d_ago_usd,
        {% endfor %}
        {% for way in ways %}
        case
            when count({{ way.value }}) over last_{{ way.days }}d * bar_seconds
                >= {{ threshold("minimum_window_coverage") }} * {{ way.days * 86400 }}
                then {{ way.aggregate }}({{ way.value }}) over last_{{ way.days }}d
        end as {{ way.name }}{{ "," if not loop.last }}
        {% endfor %}
    from bars
    window
        last_14d as (
            partition by series_key order by event_at
            range between interval {{ 14 * 86400 - 1 }} second preceding and current row
        ),
        last_7d as (
            partition by series_key order by event_at
            range between interval {{ 7 * 86400 - 1 }} second preceding and current row
        )

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
