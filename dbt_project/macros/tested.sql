{#-
  The part of a relation that a test has to look at: in an incremental build the rows that the build may have changed, in
  whole days, and those before them that decide what `window` says of them. No earlier row can differ from what was tested
  when it was built. In any other run, and of a table that is built whole, all rows.
-#}
{% macro tested(relation, window="rounding") -%}
    {%- set node = incremental_model(relation) if flags.WHICH == "build" and not flags.FULL_REFRESH and execute -%}
    {%- if node -%}
        (
            select *
            from {{ relation }}
            where
                {{ known_at_column(node.columns) }}
                > date_trunc('day', {{ recompute_from() }}) - interval {{ window_lookback_days(window) }} day
        )
    {%- else -%} {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#-
  The node of an incremental model, or none. Asked of the project, not of the database, and by name, which is the alias of
  every model here: two hundred tests would spend a fifth of their time on the question.
-#}
{% macro incremental_model(relation) -%}
    {%- set node = graph.nodes.get("model." ~ project_name ~ "." ~ relation.identifier) -%}
    {{ return(node if node is not none and node.config.materialized == "incremental" else none) }}
{%- endmacro %}
