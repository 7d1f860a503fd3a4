-- One row per source, asset, timeframe (1h and coarser) and bar with open interest or a reference price: both compared
-- with their own past, as the signals need it. NULL where less than 70 % of a window is present, or a value of a
-- change is missing.
{%- set extremes = [
    {
        "name": "index_zone_low",
        "aggregate": "min",
        "value": "oi_index",
        "frame": "linked_zone",
        "window": "signal_zone",
    },
    {
        "name": "index_month_high",
        "aggregate": "max",
        "value": "oi_index",
        "frame": "linked_month",
        "window": "signal_high",
    },
    {
        "name": "zone_low_usd",
        "aggregate": "min",
        "value": "reference_price_usd",
        "frame": "zone",
        "window": "signal_zone",
    },
    {
        "name": "support_usd",
        "aggregate": "min",
        "value": "reference_price_usd",
        "frame": "before_zone",
        "window": "signal_support",
    },
    {
        "name": "resistance_usd",
        "aggregate": "max",
        "value": "reference_price_usd",
        "frame": "before",
        "window": "signal_resistance",
    },
    {
        "name": "day_low_usd",
        "aggregate": "min",
        "value": "reference_price_usd",
        "frame": "day",
        "window": "signal_day",
    },
    {
        "name": "day_high_usd",
        "aggregate": "max",
        "value": "reference_price_usd",
        "frame": "day",
        "window": "signal_day",
    },
] %}

with

    indexed as ({{ chain_linked_index(window="signal_high") }}),

    -- Every bar of the reference price of these markets, also where open interest has a hole.
    prices as (

        select hash(source, asset, timeframe) as series_key, source, asset, timeframe, event_at, reference_price_usd
        from {{ ref("int_price__bar") }}
        semi join ({{ first_bars() }}) using (source, asset, timeframe)
        where {{ changed("event_at", window="signal_high") }}

    ),

    priced as (

        select * replace ({{ timeframe_seconds("timeframe") }} as bar_seconds)
        from indexed
        full join prices using (series_key, source, asset, timeframe, event_at)

    ),

    -- Lowest and highest values of each window. Windows of the index stay within one chain of linked bars.
    framed as (

        select
            *,
            any_value(oi_index) over (chain_series {{ frame_ago("signal_day") }}) as index_1d_ago,
            any_value(oi_index) over (chain_series {{ frame_ago("signal_fall") }}) as index_4d_ago,
            any_value(oi_index) over (chain_series {{ frame_ago("signal_zone") }}) as index_6d_ago,
            {% for extreme in extremes %}
                case
                    when
                        {{
                            is_covered(
                                extreme.window, "count(" ~ extreme.value ~ ") over " ~ extreme.frame, "bar_seconds"
                            )
                        }}
                    then {{ extreme.aggregate }} ({{ extreme.value }}) over {{ extreme.frame }}
                end as {{ extreme.name }}{{ "," if not loop.last }}
            {% endfor %}
        from priced
        window
            chain_series as (partition by series_key, chain order by event_at),
            linked_zone as (chain_series {{ frame_from("signal_zone") }}),
            linked_month as (chain_series {{ frame_before("signal_high") }}),
            series as (partition by series_key order by event_at),
            zone as (series {{ frame_from("signal_zone") }}),
            before_zone as (
                series
                range
                between interval {{ window_days("signal_support") + window_days("signal_zone") }} day preceding
                and interval {{ window_seconds("signal_zone") + 1 }} second preceding
            ),
            before as (series {{ frame_before("signal_resistance") }}),
            day as (series {{ frame_within("signal_day") }})

    ),

    -- The quartile of the daily ranges of the window before.
    ranged as (

        select
            *,
            quantile_cont(day_high_usd / day_low_usd - 1, {{ threshold_literal("signal_range_quantile") }}) over month
            as range_quartile_ratio,
            {{ is_covered("signal_range", "count(day_high_usd) over month", "bar_seconds") }} as is_range_covered
        from framed
        window month as (partition by series_key order by event_at {{ frame_before("signal_range") }})

    )

select
    source,
    asset,
    timeframe,
    event_at,
    reference_price_usd,
    -- The trough is a day old: open interest was not lower in the five days before it, nor since.
    index_1d_ago <= index_zone_low * (1 + {{ threshold_literal("index_rounding") }}) as is_oi_trough_a_day_ago,
    index_1d_ago / index_4d_ago - 1 as oi_fall_3d_ratio,
    index_1d_ago / index_6d_ago - 1 as oi_fall_5d_ratio,
    oi_index / index_1d_ago - 1 as oi_rise_ratio,
    oi_index > index_month_high * (1 + {{ threshold_literal("index_rounding") }}) as is_oi_high_30d,
    zone_low_usd,
    support_usd,
    resistance_usd,
    day_high_usd / day_low_usd - 1 as day_range_ratio,
    case when is_range_covered then range_quartile_ratio end as range_quartile_ratio
from ranged
where {{ changed("event_at") }}
