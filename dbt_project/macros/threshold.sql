{#- The value of a threshold from its seed: the asset's own where there is one, else the general one. -#}
{% macro threshold(name, asset=none) -%}
    {%- if asset -%}
    coalesce(
        (select own.value from {{ ref('threshold') }} as own where own.threshold = '{{ name }}' and own.asset = {{ asset }}),
        (select general.value from {{ ref('threshold') }} as general
         where general.threshold = '{{ name }}' and general.asset is null)
    )
    {%- else -%}
    (select general.value from {{ ref('threshold') }} as general
     where general.threshold = '{{ name }}' and general.asset is null)
    {%- endif -%}
{%- endmacro %}
