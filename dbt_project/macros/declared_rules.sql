{#-
  The limits that the YAML of a model or seed declares for single columns, as a list of `is_broken` (a SQL condition
  that is true for a bad row) and `text`. The list is empty during parsing, when dbt does not know other nodes yet.
-#}
{% macro declared_rules(relation) -%}
    {%- set rules = [] -%}
    {%- set name = project_name ~ "." ~ relation.identifier -%}
    {%- set node = (graph.nodes.get("model." ~ name) or graph.nodes.get("seed." ~ name)) if execute -%}
    {%- for column in (node.columns.values() if node else []) -%}
        {%- set meta = column.config.meta -%}
        {%- if column.data_type == "double" -%}
            {%- set is_broken = "not isfinite(" ~ column.name ~ ")" -%}
            {%- do rules.append({"is_broken": is_broken, "text": column.name ~ " is infinite or no number"}) -%}
        {%- endif -%}
        {%- if "minimum" in meta -%}
            {%- do rules.append(
                {
                    "is_broken": column.name ~ " < " ~ meta.minimum,
                    "text": column.name ~ " is below " ~ meta.minimum,
                }
            ) -%}
        {%- endif -%}
        {%- if "maximum" in meta -%}
            {%- do rules.append(
                {
                    "is_broken": column.name ~ " > " ~ meta.maximum,
                    "text": column.name ~ " is above " ~ meta.maximum,
                }
            ) -%}
        {%- endif -%}
        {%- if "null_without" in meta -%}
            {%- for input in meta.null_without -%}
                {%- do rules.append(
                    {
                        "is_broken": column.name ~ " is not null and (" ~ input ~ ") is null",
                        "text": column.name
                        ~ " is known although an input is missing: "
                        ~ (input | replace("'", "")),
                    }
                ) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if "values" in meta -%}
            {%- set values = meta["values"] | map("tojson") | join(", ") | replace('"', "'") -%}
            {%- do rules.append(
                {
                    "is_broken": column.name ~ " not in (" ~ values ~ ")",
                    "text": column.name ~ " has an undeclared value",
                }
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}
