{#-
  A schema has the name under which it is published (core, marts, reporting, quality), without the prefix of the target.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%} {{ custom_schema_name or target.schema }} {%- endmacro %}
