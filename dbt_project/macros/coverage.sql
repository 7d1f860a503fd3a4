{#- Rank of the coverage of liquidations, 1 is the most complete. A bar has the coverage of its least complete part. -#}
{% macro coverage_rank(coverage) -%}
    case {{ coverage }} when 'full' then 1 when 'aggregate' then 2 when 'sampled' then 3 end
{%- endmacro %}
