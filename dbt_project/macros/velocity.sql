{#-
  Velocity: the growth of a bar in standard deviations of the 30 days before it (window `velocity`), the bar itself
  excluded.

  `relation` has one row per series and bar, and `growth` is the SQL of its growth; `is_suspended` is the SQL of
  whether a glitch withholds this growth; `keys` name the columns of a series;
  `baseline` is the relation of the robust baseline. The statistics are aggregates of a frame, because differences of
  running sums would lose digits.
-#}
{% macro velocity(relation, keys, baseline, growth="oi_growth_ratio", is_suspended="false") %}
    with

        -- The growth of each bar.
        growths as (

            select
                hash({{ keys | join(", ") }}) as series_key,
                {{ keys | join(", ") }},
                timeframe,
                event_at as bar_at,
                {{ growth }} as growth_ratio,
                growth_basis,
                {{ is_suspended }} as is_suspended
            from {{ relation }}
            where {{ changed("event_at", window="velocity") }}

        ),

        series as (select distinct series_key, {{ keys | join(", ") }} from growths),

        {% for timeframe in timeframes() %}
            bars_{{ timeframe.name }} as (

                select series_key, bar_at, growth_ratio, growth_basis, is_suspended, true as is_present
                from growths
                where timeframe = '{{ timeframe.name }}'

            ),

            filled_{{ timeframe.name }} as (

                {{
                    fill_gaps(
                        "bars_" ~ timeframe.name,
                        timeframe.seconds,
                        ["growth_ratio", "growth_basis", "is_suspended", "is_present"],
                    )
                }}

            ),

            framed_{{ timeframe.name }} as (

                select
                    series_key,
                    '{{ timeframe.name }}' as timeframe,
                    bar_at as event_at,
                    growth_ratio,
                    growth_basis,
                    is_suspended,
                    is_present,
                    avg(growth_ratio) over month_before as growth_mean,
                    {{ framed_count("growth_ratio", "month_before") }} as growth_count,
                    stddev_samp(growth_ratio) over month_before as growth_stddev
                from filled_{{ timeframe.name }}
                window
                    month_before as (
                        partition by series_key order by bar_at {{ grid_before("velocity", timeframe.seconds) }}
                    )

            ),
        {% endfor %}

        -- The bars of the increment with the statistics of their window, without the rows that only filled a gap.
        framed as (

            {% for timeframe in timeframes() %}
                select
                    series_key,
                    timeframe,
                    event_at,
                    growth_ratio,
                    growth_basis,
                    is_suspended,
                    growth_mean,
                    growth_stddev,
                    growth_count / {{ window_bars("velocity", timeframe.seconds) }} as window_coverage_ratio
                from framed_{{ timeframe.name }}
                where is_present and {{ changed("event_at") }}
                {% if not loop.last %}
                    union all
                {% endif %}
            {% endfor %}

        ),

        -- Each bar with its status.
        judged as (

            select
                *,
                case
                    when is_suspended
                    then 'suspended'
                    when growth_ratio is null
                    then 'missing_input'
                    when window_coverage_ratio < {{ threshold("minimum_window_coverage") }}
                    then 'warmup'
                    when coalesce(growth_stddev, 0) < {{ threshold_literal("smallest_growth_stddev") }}
                    then 'zero_variance'
                    else 'ok'
                end as velocity_status
            from framed

        ),

        -- The robust baseline of each day. A day without a baseline of its midnight has that of an earlier one.
        baselines as (

            select
                *,
                {{
                    window_in_force(
                        "daily_state",
                        "event_at",
                        "lead(event_at) over (partition by " ~ keys | join(", ") ~ ", timeframe order by event_at)",
                    )
                }} as day_at
            from {{ baseline }}
            where {{ changed("event_at", window="daily_state") }}

        )

    select
        {% for key in keys %} series.{{ key }}, {% endfor %}
        judged.timeframe,
        judged.event_at,
        judged.growth_ratio as oi_growth_ratio,
        case when judged.growth_ratio is not null then judged.growth_basis end as growth_basis,
        judged.growth_mean as oi_growth_mean_ratio,
        judged.growth_stddev as oi_growth_stddev_ratio,
        judged.window_coverage_ratio,
        judged.velocity_status,
        case
            when judged.velocity_status = 'ok' then (judged.growth_ratio - judged.growth_mean) / judged.growth_stddev
        end as velocity_zscore,
        -- For normally distributed values 1.4826 times the MAD is the standard deviation.
        case
            when judged.velocity_status in ('ok', 'zero_variance')
            then (judged.growth_ratio - robust.growth_median) / nullif(1.4826 * robust.growth_mad, 0)
        end as velocity_robust_zscore,
        robust.event_at as robust_baseline_at,
        case
            when judged.velocity_status = 'ok'
            then
                abs((judged.growth_ratio - judged.growth_mean) / judged.growth_stddev)
                > {{ threshold("velocity_extreme_zscore") }}
        end as is_extreme
    from judged
    inner join series on judged.series_key = series.series_key
    left join
        baselines as robust on {% for key in keys %} series.{{ key }} = robust.{{ key }} and {% endfor %}
        judged.timeframe = robust.timeframe and {{ bar_end("judged.event_at", 86400) }} = robust.day_at + interval 1 day
{% endmacro %}

{#-
  The robust baseline of every series at each midnight: median and MAD of the growth of all bars of the 30 days before.

  It is exact, but computed once a day only. Per bar one median costs 30 s at five million rows; per day both statistics
  together cost 8 s (docs/decisions/0004-robust-baseline-once-a-day.md).
-#}
{% macro robust_baseline(relation, keys, growth="oi_growth_ratio") %}
    with

        days as (

            select
                {{ keys | join(", ") }},
                timeframe,
                {{ bar_end("event_at", 86400) }} as day_at,
                list({{ growth }}) filter (where {{ growth }} is not null) as growths
            from {{ relation }}
            where {{ changed("event_at", window="velocity") }}
            group by {{ keys | join(", ") }}, timeframe, {{ bar_end("event_at", 86400) }}

        ),

        windows as (

            select
                {{ keys | join(", ") }},
                timeframe,
                day_at,
                flatten(
                    list(growths) over (
                        partition by {{ keys | join(", ") }}, timeframe
                        order by
                            day_at
                            range between interval {{ window_days("velocity") - 1 }} day preceding and current row
                    )
                ) as growths
            from days

        )

    select
        {{ keys | join(", ") }},
        timeframe,
        day_at as event_at,
        list_aggregate(growths, 'median') as growth_median,
        list_aggregate(growths, 'mad') as growth_mad,
        len(growths) as growth_count
    from windows
    where {{ changed("day_at") }} and {{ is_covered("velocity", "len(growths)", timeframe_seconds("timeframe")) }}
{% endmacro %}
