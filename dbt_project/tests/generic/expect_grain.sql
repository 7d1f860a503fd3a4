{#-
  One row per combination of `key`, and no key column NULL except those named in `nullable` (there NULL is one more value).
-#}
{% test expect_grain(model, key, nullable=[]) %}
{%- set required = key | reject("in", nullable) %}
select
    {{ key | join(", ") }},
    count(*) as row_count
from {{ tested(model) }}
group by {{ key | join(", ") }}
having count(*) > 1 {% for column in required %}or {{ column }} is null {% endfor %}
{% endtest %}
