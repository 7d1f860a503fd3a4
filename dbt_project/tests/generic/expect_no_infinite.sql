{#- No floating-point column of the model holds an infinite value or NaN: what cannot be computed is NULL. -#}
{% test expect_no_infinite(model) %}
{%- set columns = [] %}
{%- if execute %}
    {%- for column in adapter.get_columns_in_relation(model) if column.is_float() %}
        {%- do columns.append("isinf(" ~ column.quoted ~ ") or isnan(" ~ column.quoted ~ ")") %}
    {%- endfor %}
{%- endif %}
select *
from {{ tested(model) }}
where {{ columns | join(" or ") or "false" }}
{% endtest %}
