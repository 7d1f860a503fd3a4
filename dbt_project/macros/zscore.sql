{#-
  `ok`, or why a value has no z-score against the `window` before its bar. `count` and `stddev` are of the bars of the
  window, which are `bar_seconds` long. A deviation below `smallest` comes from rounding.
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
