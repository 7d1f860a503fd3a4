{#-
  One row per combination of `key`, and no key column NULL except those named in `nullable` (there NULL is one more value).

  Both are texts, columns separated by commas: dbt renders each string of a test's arguments on its own, which costs more
  than the query.
-#}
{% test expect_grain(model, key, nullable="") %}
{%- set required = key.split(", ") | reject("in", nullable.split(", ")) %}
select
    {{ key }},
    count(*) as row_count
from {{ tested(model) }}
group by {{ key }}
having count(*) > 1 {% for column in required %}or {{ column }} is null {% endfor %}
{% endtest %}
