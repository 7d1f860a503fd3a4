{#-
  The rows of a seed during compilation, as dictionaries by column name; all values are text.

  DuckDB reads the CSV file, not the table, so that the build of a single model and a unit test have the rows too. The
  rows are kept in `graph`, the one object that all nodes of an invocation share, so each file is read once.
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
