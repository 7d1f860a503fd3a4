{#-
  An incremental table keeps its comments from the build that created it: to write them again costs a statement a column,
  and is a good part of a tick. Changed descriptions come with the next full refresh.
-#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- if not is_incremental() -%}
        {{ return(adapter.dispatch("persist_docs", "dbt")(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
