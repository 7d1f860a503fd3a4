{#- A bar is named by its end: the bar at T covers (T - timeframe, T]. -#}
{#-
  All timeframes of the product. Those with `is_standard` are built from every finer source; the others only where a
  source publishes them itself (docs/metrics/timeframes.md).
-#}
{% macro timeframes() -%}
    {{
        return(
            [
                {"name": "5m", "seconds": 300, "is_standard": true},
                {"name": "15m", "seconds": 900, "is_standard": false},
                {"name": "1h", "seconds": 3600, "is_standard": true},
                {"name": "4h", "seconds": 14400, "is_standard": false},
                {"name": "1d", "seconds": 86400, "is_standard": true},
            ]
        )
    }}
{%- endmacro %}

{#- The spans of growth beside the bar itself. -#}
{% macro lookbacks() -%}
    {{
        return(
            [
                {"name": "1h", "seconds": 3600},
                {"name": "4h", "seconds": 14400},
                {"name": "24h", "seconds": 86400},
                {"name": "7d", "seconds": 604800},
            ]
        )
    }}
{%- endmacro %}

{#- The horizons of outcomes, in hours after the bar. -#}
{% macro outcome_horizons() -%} {{ return([24, 48, 168]) }} {%- endmacro %}

{#- The horizons of a cascade, in hours after its end. -#}
{% macro cascade_horizons() -%} {{ return([1, 4, 24, 48]) }} {%- endmacro %}

{#- The horizons of outcomes that the claim about volatility names: "within 24 to 48 hours". -#}
{% macro volatility_claim_horizons() -%} {{ return([24, 48]) }} {%- endmacro %}

{#-
  The timeframes of 1h and coarser, as the right side of `in`. Signals, claims and statistics of long windows use only
  these.
-#}
{% macro coarse_timeframes() -%}
    (
        {%- for timeframe in timeframes() | selectattr("seconds", "ge", 3600) -%}
            '{{ timeframe.name }}'{{ ", " if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{#- The end of the bar that contains an instant. An instant on a boundary belongs to the bar that ends there. -#}
{% macro bar_end(instant, seconds) -%}
    {%- set microseconds = seconds * 1000000 -%}
    make_timestamp(
        divide(epoch_us({{ instant }}) + {{ microseconds - 1 }}, {{ microseconds }}) * {{ microseconds }}::bigint
    )
{%- endmacro %}

{#- The end of the bar of the named timeframe that contains an instant. -#}
{% macro native_bar_end(instant, timeframe) -%}
    case
        {{ timeframe }}
        {% for one in timeframes() %} when '{{ one.name }}' then {{ bar_end(instant, one.seconds) }} {% endfor %}
    end
{%- endmacro %}

{#- The instant of a source's row: its time label, moved to the end of the bar where the label names the start. -#}
{% macro event_instant(stamped_at, convention, interval_seconds) -%}
    case
        {{ convention }}
        when 'start'
        then {{ stamped_at }} + to_seconds(coalesce({{ interval_seconds }}, 0))
        when 'instant'
        then {{ stamped_at }}
        when 'end'
        then {{ stamped_at }}
    end
{%- endmacro %}

{#-
  The instant to which a value of a source belongs: its own instant, or the end of a 5-minute bar if the source was
  polled less than the tolerance after it (docs/decisions/0025-levels-have-an-age.md). A value of a source without an
  interval has no bar to be late for. `tolerance_seconds` is the
  source's own tolerance, NULL for the general one: a share of the interval, at most one minute. A tolerance is never
  longer than a minute, because a build recomputes from the full minute of the earliest new label (warehouse/build.py).
-#}
{% macro instant_on_bar(instant, interval_seconds, tolerance_seconds) -%}
    case
        when
            {{ interval_seconds }} is not null
            and epoch_us({{ instant }}) % 300000000
            < 1000000
            * coalesce(
                {{ tolerance_seconds }},
                least(
                    {{ threshold_literal("late_poll_share") }} * {{ interval_seconds }},
                    {{ threshold_literal("late_poll_seconds") }}
                )
            )
        then time_bucket(interval 5 minute, {{ instant }})
        else {{ instant }}
    end
{%- endmacro %}

{#-
  The last bar end at which a level still counts: one interval of its source after the measurement, and at least 5
  minutes. At a later bar end the level is missing.
-#}
{% macro level_valid_until(measured_at, interval_seconds) -%}
    {{ measured_at }} + to_seconds(greatest({{ interval_seconds }}, 300))
{%- endmacro %}

{#- The name of a grain of that many seconds. An irregular source (no interval) has instants but no bars, so NULL. -#}
{% macro native_timeframe(interval_seconds) -%}
    case
        when {{ interval_seconds }} is null
        then null
        {% for timeframe in timeframes() %}
            when {{ interval_seconds }} <= {{ timeframe.seconds }} then '{{ timeframe.name }}'
        {% endfor %}
    end
{%- endmacro %}

{#- The length of a named timeframe in seconds. -#}
{% macro timeframe_seconds(name) -%}
    case
        {{ name }}
        {% for timeframe in timeframes() %} when '{{ timeframe.name }}' then {{ timeframe.seconds }} {% endfor %}
    end
{%- endmacro %}
