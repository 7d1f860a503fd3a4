{#- Schemas are named as they are published (core, marts, reporting, quality), without the target's prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%} {{ custom_schema_name or target.schema }} {%- endmacro %}
