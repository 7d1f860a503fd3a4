{#-
  Why a value has a z-score against the `window` before its bar, or none. `count` and `stddev` are of the window's bars,
  which are `bar_seconds` long; a deviation below `smallest` is rounding, not movement.
-#}
{% macro zscore_status(value, window, count, bar_seconds, stddev, smallest) -%}
    case
        when {{ value }} is null
        then 'missing_input'
        when not ({{ is_covered(window, count, bar_seconds) }})
        then 'warmup'
        when coalesce({{ stddev }}, 0) < {{ smallest }}
        then 'zero_variance'
        else 'ok'
    end
{%- endmacro %}
