{#- The value of a threshold from its seed: the asset's own where there is one, else the general one. -#}
{% macro threshold(name, asset=none) -%}
    {%- if asset -%}
        coalesce(
            (
                select own.value
                from {{ ref("threshold") }} as own
                where own.threshold = '{{ name }}' and own.asset = {{ asset }}
            ),
            (
                select general.value
                from {{ ref("threshold") }} as general
                where general.threshold = '{{ name }}' and general.asset is null
            )
        )
    {%- else -%}
        (
            select general.value
            from {{ ref("threshold") }} as general
            where general.threshold = '{{ name }}' and general.asset is null
        )
    {%- endif -%}
{%- endmacro %}

{#-
  The general value of a threshold as a number in the SQL text. DuckDB needs a constant as the quantile of an aggregate.
  Limits of rounding are constants too, because no asset and no unit test has other ones. During parsing, when no file
  is read yet, the value is 0.
-#}
{% macro threshold_literal(name) -%}
    {%- if not execute -%} {{ return("0") }} {%- endif -%}
    {%- for row in seed_rows("threshold") if row.threshold == name and not row.asset -%}
        {{ return(row.value | string) }}
    {%- endfor -%}
    {{
        exceptions.raise_compiler_error(
            "threshold '" ~ name ~ "' is no row of seeds/threshold.csv; add it, or correct the name"
        )
    }}
{%- endmacro %}
