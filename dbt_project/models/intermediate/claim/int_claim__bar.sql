-- One row per source, asset, timeframe (1h and coarser) and bar: what came after it, as the claims ask. It looks ahead by
-- nature and is no input of any metric. NULL until the bar that ends the horizon is there, and where less than 70 % of it is.
{%- set futures = [
    {"name": "lowest_14d_usd", "aggregate": "min", "window": "next_14d", "days": 14},
    {"name": "lowest_7d_usd", "aggregate": "min", "window": "next_7d", "days": 7},
    {"name": "highest_7d_usd", "aggregate": "max", "window": "next_7d", "days": 7},
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
        funding.funding_percentile_365d,
        market_cap.oi_to_market_cap_ratio,
        market_cap.oi_to_market_cap_percentile_ratio
    from {{ ref("fct_market_open_interest") }} as market
    left join {{ ref("int_price__reference") }} as reference
        on market.source = reference.source
        and market.asset = reference.asset
        and market.event_at = reference.event_at
    left join {{ ref("fct_funding_oi") }} as funding
        on market.source = funding.source
        and market.asset = funding.asset
        and market.timeframe = funding.timeframe
        and market.event_at = funding.event_at
    left join {{ ref("fct_oi_to_market_cap") }} as market_cap
        on market.source = market_cap.source
        and market.asset = market_cap.asset
        and market.timeframe = market_cap.timeframe
        and market.event_at = market_cap.event_at
    where {{ timeframe_seconds("market.timeframe") }} >= 3600

),

framed as (

    select
        *,
        {% for hours in [24, 168] %}
        any_value(reference_price_usd) over (
            partition by series_key order by event_at
            range between interval {{ hours }} hour following and interval {{ hours }} hour following
        ) / reference_price_usd - 1 as return_{{ hours }}h_ratio,
        {% endfor %}
        reference_price_usd / any_value(reference_price_usd) over (
            partition by series_key order by event_at
            range between interval 168 hour preceding and interval 168 hour preceding
        ) - 1 as past_168h_ratio,
        {% for days in [7, 14] %}
        any_value(event_at) over (
            partition by series_key order by event_at
            range between interval {{ days }} day following and interval {{ days }} day following
        ) is not null as is_over_{{ days }}d,
        {% endfor %}
        {% for future in futures %}
        case
            when count(reference_price_usd) over {{ future.window }} * bar_seconds
                >= {{ threshold("minimum_window_coverage") }} * {{ future.days * 86400 }}
                then {{ future.aggregate }}(reference_price_usd) over {{ future.window }}
        end as {{ future.name }},
        {% endfor %}
        case
            when count(funding_percentile_365d) over next_7d * bar_seconds
                >= {{ threshold("minimum_window_coverage") }} * 7 * 86400
                then max(funding_percentile_365d) over next_7d
        end as highest_funding_percentile_7d
    from bars
    window
        next_14d as (
            partition by series_key order by event_at
            range between interval 1 second following and interval 14 day following
        ),
        next_7d as (
            partition by series_key order by event_at
            range between interval 1 second following and interval 7 day following
        )

)

select
    source,
    asset,
    timeframe,
    event_at,
    perpetual_oi_usd,
    oi_to_market_cap_ratio,
    oi_to_market_cap_percentile_ratio,
    past_168h_ratio,
    return_24h_ratio,
    return_168h_ratio,
    case when is_over_14d then lowest_14d_usd / reference_price_usd - 1 end
        as largest_fall_14d_ratio,
    case when is_over_7d then lowest_7d_usd / reference_price_usd - 1 end
        as largest_fall_7d_ratio,
    case when is_over_7d then highest_7d_usd / reference_price_usd - 1 end
        as largest_rise_7d_ratio,
    case when is_over_7d then highest_funding_percentile_7d end
        as highest_funding_percentile_7d
from framed
