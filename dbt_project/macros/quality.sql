{#-
  What the ratio of two numbers that should be equal says: nearly 2 or 1/2 is a count of both sides, a power of ten a
  contract size, nearly the price (or its inverse) coins taken for USD. Anything else merely differs.
-#}
{% macro ratio_verdict(ratio, price) -%}
    case
        when {{ ratio }} is null then 'not_comparable'
        when abs({{ ratio }} - 1) <= {{ threshold("cross_source_tolerance") }} then 'consistent'
        when abs({{ ratio }} / 2 - 1) <= {{ threshold("signature_tolerance") }}
            or abs({{ ratio }} * 2 - 1) <= {{ threshold("signature_tolerance") }} then 'sides_mismatch'
        when {{ price }} > 0 and least(
            abs({{ ratio }} / {{ price }} - 1), abs({{ ratio }} * {{ price }} - 1)
        ) <= {{ threshold("signature_tolerance") }} then 'coin_usd_confusion'
        when {{ ratio }} > 0 and abs(ln({{ ratio }}) / ln(10)) >= {{ threshold_literal("signature_smallest_decades") }}
            and abs(pow(10, log10({{ ratio }}) - round(log10({{ ratio }}))) - 1)
            <= {{ threshold("signature_tolerance") }} then 'contract_size'
        else 'differs'
    end
{%- endmacro %}
