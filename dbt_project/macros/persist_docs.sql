{#-
  An incremental table keeps the comments from the build that created it. Writing them again costs one statement a
  column, a large part of a tick. The next full refresh writes changed descriptions.
-#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- if not is_incremental() -%}
        {{ return(adapter.dispatch("persist_docs", "dbt")(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
