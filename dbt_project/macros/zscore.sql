{#-
  Why a value has a z-score against the 30 days before its bar, or none. `count` and `stddev` are of those days; a
  deviation below `smallest` is rounding, not movement.
-#}
{% macro zscore_status(value, count, bars, stddev, smallest) -%}
    case
        when {{ value }} is null then 'missing_input'
        when {{ count }} < {{ threshold("minimum_window_coverage") }} * {{ bars }} then 'warmup'
        when coalesce({{ stddev }}, 0) < {{ smallest }} then 'zero_variance'
        else 'ok'
    end
{%- endmacro %}
