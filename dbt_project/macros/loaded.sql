{#-
  Stop a run of dbt at once where the build file has no table of the loader. All models read these tables; the error of
  the database would name a missing table, but not say what to do. `dbt docs generate` reads no row, so it needs none.
-#}
{% macro require_loader_tables() -%}
    {%- if execute and flags.WHICH != "generate" and load_relation(source("ops", "load_batch")) is none -%}
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
