{#-
  The part of a relation that a test has to look at: in an incremental build the rows that it may have changed, back to a
  whole day, since no earlier row can differ from what was tested when it was built; in any other run all rows.
-#}
{% macro tested(relation, lookback_days=1) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute="name") | list if execute else [] -%}
    {%- if flags.WHICH == "build" and not flags.FULL_REFRESH and "event_at" in columns -%}
        (
            select *
            from {{ relation }}
            where event_at > date_trunc('day', {{ recompute_from() }}) - interval {{ lookback_days }} day
        )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
