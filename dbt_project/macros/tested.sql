{#-
  The part of a relation that a test reads. In an incremental build: the days that the build may have changed, and the
  earlier rows of `window` that they need. Earlier rows were tested when they were built and have not changed. In any
  other run, and for a table that is built whole: all rows.
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
  The node of an incremental model, or none. The macro looks it up by name in the project (the name is the alias of
  every model here). A query of the database would cost the two hundred tests a fifth of their time.
-#}
{% macro incremental_model(relation) -%}
    {%- set node = graph.nodes.get("model." ~ project_name ~ "." ~ relation.identifier) -%}
    {{ return(node if node is not none and node.config.materialized == "incremental" else none) }}
{%- endmacro %}
