{#-
  The likely cause when two numbers that should be equal have this ratio. Near 2 or 1/2: one counts both sides. A power
  of ten: the contract size is wrong. Near the price or its inverse: coins were taken for USD. All else is `differs`.
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
  The bars of a venue that findings check for standing still or jumping. Bars of 1h and 4h are enough, and cost a
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
