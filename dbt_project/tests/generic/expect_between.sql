{#- Every value of the column is between the bounds that are given, both inclusive. NULL passes, NaN does not. -#}
{% test expect_between(model, column_name, minimum=none, maximum=none) %}
select *
from {{ tested(model) }}
where isnan({{ column_name }}::double)
    {%- if minimum is not none %}
    or {{ column_name }} < {{ minimum }}
    {%- endif %}
    {%- if maximum is not none %}
    or {{ column_name }} > {{ maximum }}
    {%- endif %}
{% endtest %}
