{#-
  The rows of a model are what its YAML says: one row per combination of `key`, no key column NULL except those named in
  `nullable` (there NULL is one more value), no infinite number or NaN in any column declared as double, and at columns that
  declare them (config.meta) nothing below `minimum`, above `maximum` or outside `values`, where NULL passes.

  One test a model, and texts as arguments (columns separated by commas): each test, and each string of its arguments,
  costs dbt more than the query does. A failing row says which rules it breaks.
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
