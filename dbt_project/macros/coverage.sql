{#- How complete a source of liquidations is, the most complete first: a bar is as complete as the least of its parts. -#}
{% macro coverage_rank(coverage) -%}
    case {{ coverage }} when 'full' then 1 when 'aggregate' then 2 when 'sampled' then 3 end
{%- endmacro %}
