{#-
  What the ratio of two numbers that should be equal says: nearly 2 or 1/2 is a count of both sides, a power of ten a
  contract size, nearly the price (or its inverse) coins taken for USD. Anything else merely differs.
-#}
{% macro ratio_verdict(ratio, price) -%}
    case
        when {{ ratio }} is null
        then 'not_comparable'
        when abs({{ ratio }} - 1) <= {{ threshold("cross_source_tolerance") }}
        then 'consistent'
        when
            abs({{ ratio }} / 2 - 1) <= {{ threshold("signature_tolerance") }}
            or abs({{ ratio }} * 2 - 1) <= {{ threshold("signature_tolerance") }}
        then 'sides_mismatch'
        when
            {{ price }} > 0
            and least(abs({{ ratio }} / {{ price }} - 1), abs({{ ratio }} * {{ price }} - 1))
            <= {{ threshold("signature_tolerance") }}
        then 'coin_usd_confusion'
        when
            {{ ratio }} > 0
            and abs(ln({{ ratio }}) / ln(10)) >= {{ threshold_literal("signature_smallest_decades") }}
            and abs(pow(10, log10({{ ratio }}) - round(log10({{ ratio }}))) - 1)
            <= {{ threshold("signature_tolerance") }}
        then 'contract_size'
        else 'differs'
    end
{%- endmacro %}

{#-
  The bars of a venue in which findings look for a feed that stands still or jumps: the slower ones are enough, and a
  fraction of the work.
-#}
{% macro slow_bars() -%}
    (select * from {{ ref("fct_venue_open_interest") }} where timeframe in ('1h', '4h'))
{%- endmacro %}

{#- The bar ends at which a vendor has a total of any venue of an asset. -#}
{% macro vendor_bar_ends() -%}
    (
        select distinct source, collector, symbol, event_at, interval_seconds
        from {{ ref("stg_open_interest") }}
        where scope = 'venue_total' and interval_seconds is not null
    )
{%- endmacro %}
