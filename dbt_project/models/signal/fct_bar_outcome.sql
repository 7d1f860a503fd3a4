{%- set horizons = outcome_horizons() %}

with

    series as (

        select
            source,
            asset,
            timeframe,
            first_event_at,
            hash(source, asset, timeframe) as series_key,
            {{ timeframe_seconds("timeframe") }} as bar_seconds
        from ({{ first_bars() }})

    ),

    -- Every bar of the reference price, also where open interest has a hole.
    prices as (

        select
            series.series_key,
            series.bar_seconds,
            price.event_at,
            price.reference_price_usd,
            ln(price.reference_price_usd / any_value(price.reference_price_usd) over one_bar_before) as log_return
        from {{ ref("int_price__bar") }} as price
        inner join
            series on price.source = series.source and price.asset = series.asset and price.timeframe = series.timeframe
        where {{ changed("price.event_at", window="outcome") }}
        window
            one_bar_before as (
                partition by series.series_key
                order by
                    price.event_at
                    range between to_seconds(series.bar_seconds) preceding and to_seconds(series.bar_seconds) preceding
            )

    ),

    -- Realised volatility is the root of the mean squared return. It needs no mean, so a single bar is enough.
    {% for hours in horizons %}
        framed_{{ hours }} as (

            select
                series_key,
                bar_seconds,
                event_at,
                reference_price_usd,
                any_value(reference_price_usd) over entry as entry_price_usd,
                min(reference_price_usd) over path as lowest_price_usd,
                max(reference_price_usd) over path as highest_price_usd,
                case
                    when
                        count(log_return) over horizon * bar_seconds
                        >= {{ threshold("minimum_window_coverage") }} * {{ hours * 3600 }}
                    then sqrt(avg(log_return * log_return) over horizon)
                end as realized_volatility_ratio
            from prices
            window
                entry as (
                    partition by series_key
                    order by
                        event_at
                        range between interval {{ hours }} hour preceding and interval {{ hours }} hour preceding
                ),
                path as (
                    partition by series_key
                    order by event_at range between interval {{ hours }} hour preceding and current row
                ),
                horizon as (
                    partition by series_key
                    order by event_at range between interval {{ hours * 3600 - 1 }} second preceding and current row
                )

        ),

        -- The usual volatility of a horizon: the median over the window.
        usual_{{ hours }} as (

            select
                *,
                case
                    when
                        {{
                            is_covered(
                                "usual_volatility", "count(realized_volatility_ratio) over month", "bar_seconds"
                            )
                        }}
                    then median(realized_volatility_ratio) over month
                end as usual_volatility_ratio
            from framed_{{ hours }}
            window month as (partition by series_key order by event_at {{ frame_within("usual_volatility") }})

        ),

    {% endfor %}
    outcomes as (

        {% for hours in horizons %}
            select
                series_key,
                event_at - interval {{ hours }} hour as event_at,
                event_at as known_at,
                {{ hours }} as horizon_hours,
                entry_price_usd,
                reference_price_usd / entry_price_usd - 1 as forward_return_ratio,
                lowest_price_usd / entry_price_usd - 1 as lowest_move_ratio,
                highest_price_usd / entry_price_usd - 1 as highest_move_ratio,
                realized_volatility_ratio,
                -- The volatility up to the entry, and the usual one, as they were known at the entry.
                any_value(realized_volatility_ratio) over entry as trailing_volatility_ratio,
                any_value(usual_volatility_ratio) over entry as median_volatility_ratio
            from usual_{{ hours }}
            window
                entry as (
                    partition by series_key
                    order by
                        event_at
                        range between interval {{ hours }} hour preceding and interval {{ hours }} hour preceding
                )
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    )

select
    series.source,
    series.asset,
    series.timeframe,
    outcomes.event_at,
    outcomes.horizon_hours,
    outcomes.known_at,
    outcomes.entry_price_usd,
    outcomes.forward_return_ratio,
    outcomes.realized_volatility_ratio,
    outcomes.median_volatility_ratio,
    -- NULL where the price did not move for a month: there is no usual volatility to compare with.
    outcomes.realized_volatility_ratio
    / nullif(outcomes.median_volatility_ratio, 0) as realized_volatility_to_median_ratio,
    outcomes.trailing_volatility_ratio
    / nullif(outcomes.median_volatility_ratio, 0) as trailing_volatility_to_median_ratio,
    outcomes.lowest_move_ratio,
    outcomes.highest_move_ratio
from outcomes
-- Prices may begin earlier than open interest, and a signal needs both.
inner join series on outcomes.series_key = series.series_key and outcomes.event_at >= series.first_event_at
where outcomes.entry_price_usd is not null and {{ changed("outcomes.known_at") }}
