-- One row per source, asset, timeframe (1h and coarser) and bar: where price and open interest stand beside their own past,
-- as the signals ask it. NULL where less than 70 % of a window is there, or an end of a change is missing.
{%- set extremes = [
    {"name": "index_zone_low", "aggregate": "min", "value": "oi_index", "window": "linked_zone", "days": 6},
    {"name": "index_month_high", "aggregate": "max", "value": "oi_index", "window": "linked_month", "days": 30},
    {"name": "zone_low_usd", "aggregate": "min", "value": "reference_price_usd", "window": "zone", "days": 6},
    {"name": "support_usd", "aggregate": "min", "value": "reference_price_usd", "window": "before_zone", "days": 20},
    {"name": "resistance_usd", "aggregate": "max", "value": "reference_price_usd", "window": "before", "days": 20},
    {"name": "day_low_usd", "aggregate": "min", "value": "reference_price_usd", "window": "day_to_now", "days": 1},
    {"name": "day_high_usd", "aggregate": "max", "value": "reference_price_usd", "window": "day_to_now", "days": 1},
] %}

with

indexed as (

    {{ chain_linked_index(lookback_days=41) }}

),

priced as (

    select
        indexed.*,
        reference.reference_price_usd
    from indexed
    left join {{ ref("fct_reference_price") }} as reference
        on indexed.source = reference.source
        and indexed.asset = reference.asset
        and indexed.event_at = reference.event_at
        and {{ changed("reference.event_at", lookback_days=41) }}

),

framed as (

    select
        *,
        {% for days in [1, 4, 6] %}
        any_value(oi_index) over (
            partition by series_key, chain order by event_at
            range between interval {{ days }} day preceding and interval {{ days }} day preceding
        ) as index_{{ days }}d_ago,
        {% endfor %}
        {% for extreme in extremes %}
        case
            when count({{ extreme.value }}) over {{ extreme.window }} * bar_seconds
                >= {{ threshold("minimum_window_coverage") }} * {{ extreme.days * 86400 }}
                then {{ extreme.aggregate }}({{ extreme.value }}) over {{ extreme.window }}
        end as {{ extreme.name }}{{ "," if not loop.last }}
        {% endfor %}
    from priced
    window
        linked_zone as (
            partition by series_key, chain order by event_at
            range between interval 6 day preceding and current row
        ),
        linked_month as (
            partition by series_key, chain order by event_at
            range between interval 30 day preceding and interval 1 second preceding
        ),
        zone as (partition by series_key order by event_at range between interval 6 day preceding and current row),
        before_zone as (
            partition by series_key order by event_at
            range between interval 26 day preceding and interval {{ 6 * 86400 + 1 }} second preceding
        ),
        before as (
            partition by series_key order by event_at
            range between interval 20 day preceding and interval 1 second preceding
        ),
        day_to_now as (
            partition by series_key order by event_at range between interval {{ 86400 - 1 }} second preceding and current row
        )

),

ranged as (

    select
        *,
        quantile_cont(day_high_usd / day_low_usd - 1, 0.25) over month as range_quartile_ratio,
        count(day_high_usd) over month * bar_seconds / (30 * 86400) as range_coverage_ratio
    from framed
    window month as (
        partition by series_key order by event_at
        range between interval 30 day preceding and interval 1 second preceding
    )

)

select
    source,
    asset,
    timeframe,
    event_at,
    reference_price_usd,
    -- A trough that is a day old: nothing lower in the five days before it, nor since. A difference of 1e-9 is rounding.
    index_1d_ago <= index_zone_low * (1 + 1e-9) as is_oi_trough_a_day_ago,
    index_1d_ago / index_4d_ago - 1 as oi_fall_3d_ratio,
    index_1d_ago / index_6d_ago - 1 as oi_fall_5d_ratio,
    oi_index / index_1d_ago - 1 as oi_rise_ratio,
    oi_index > index_month_high * (1 + 1e-9) as is_oi_high_30d,
    zone_low_usd,
    support_usd,
    resistance_usd,
    day_high_usd / day_low_usd - 1 as day_range_ratio,
    case when range_coverage_ratio >= {{ threshold("minimum_window_coverage") }} then range_quartile_ratio end
        as range_quartile_ratio
from ranged
where {{ changed("event_at") }}
