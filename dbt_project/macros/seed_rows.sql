{#-
  The rows of a seed while SQL is compiled, each by the names of its columns, all values as text.

  DuckDB reads the file, not the table, so that a build of one model alone, and a unit test, have them too. `graph` is the
  one object that all nodes of an invocation share: it keeps the rows, so that each file is read once.
-#}
{% macro seed_rows(name) -%}
    {%- set kept = graph.setdefault("seed_rows", {}) -%}
    {%- if name not in kept -%}
        {%- set path = (invocation_args_dict.project_dir ~ "/seeds/" ~ name ~ ".csv") | replace("'", "''") -%}
        {%- set rows = [] -%}
        {%- for row in run_query("from read_csv('" ~ path ~ "', header = true, all_varchar = true)").rows -%}
            {%- do rows.append(row.dict()) -%}
        {%- endfor -%}
        {%- do kept.update({name: rows}) -%}
    {%- endif -%}
    {{ return(kept[name]) }}
{%- endmacro %}
