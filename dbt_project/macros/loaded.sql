{#-
  End a run of dbt at once where the build file has no table of the loader: every model is made of what it loads, and the
  error of the database would name a table only, not what to do.
-#}
{% macro require_loader_tables() -%}
    {%- if execute and load_relation(source("ops", "load_batch")) is none -%}
        {{
            exceptions.raise_compiler_error(
                "the build file "
                ~ target.path
                ~ " holds no loaded data: run `oiw live --ticks 1` or `oiw run --files-root DIR` first,"
                ~ " or `make demo` and set OIW_HOME=../warehouse/data/demo"
            )
        }}
    {%- endif -%}
{%- endmacro %}
