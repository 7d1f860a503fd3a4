{#-
  The rows of a model match its YAML. There is one row per combination of `key`. No key column is NULL except those
  named in `nullable`, where NULL is one more value. No column declared as double is infinite or NaN. Columns that
  declare `minimum`, `maximum` or `values` (config.meta) keep them; NULL passes.

  One test checks a whole model, and its arguments are texts (columns separated by commas), because each test and each
  argument costs dbt more time than the query. A failing row names the rules that it breaks.
-#}
{% test expect_sound_rows(model, key, nullable="") %}
    {%- set required = key.split(", ") | reject("in", nullable.split(", ")) %}
    {%- set rules = declared_rules(model) %}
    select {{ key }}, 'the key is not unique, or a part of it is missing' as broken_rules, count(*) as row_count
    from {{ tested(model) }}
    group by {{ key }}
    having count(*) > 1 {% for column in required %} or {{ column }} is null {% endfor %}
    {%- if rules %}

        union all

        select
            {{ key }},
            concat_ws(
                '; ' {%- for rule in rules %}, case when {{ rule.is_broken }} then '{{ rule.text }}' end {%- endfor %}
            ) as broken_rules,
            1 as row_count
        from {{ tested(model) }}
        where {% for rule in rules %} {{ rule.is_broken }}{{ " or " if not loop.last }}{% endfor %}
    {%- endif %}
{% endtest %}
