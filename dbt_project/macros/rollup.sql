{#- Bars of a timeframe from the finer bars of a source, and conversion of quantities between units. -#}
{#- Whether a row of a source's own grain is part of the bars of the timeframe. -#}
{% macro contributes_to(timeframe, native_timeframe) -%}
    {%- if timeframe.is_standard -%} {{ timeframe_seconds(native_timeframe) }} <= {{ timeframe.seconds }}
    {%- else -%} {{ native_timeframe }} = '{{ timeframe.name }}'
    {%- endif -%}
{%- endmacro %}

{#-
  Whether rows of `fct_open_interest` are of the timeframe's own grain, where the timeframe is built from no finer one.
-#}
{% macro own_grain(timeframe) -%}
    {{ {"15m": "is_15m_grain", "4h": "is_4h_grain"}.get(timeframe.name, "true") }}
{%- endmacro %}

{#- The number of the source's own bars in one bar of the timeframe. -#}
{% macro bars_expected(timeframe, interval_seconds) -%} {{ timeframe.seconds }} / {{ interval_seconds }} {%- endmacro %}

{#-
  A quantity in base coins. `native_unit` is `base`, `usd`, or `contract` (one contract is worth `contract_size` in base
  coins or USD).
-#}
{% macro to_base(quantity, native_unit, price) -%}
    case
        {{ native_unit }}
        when 'base'
        then {{ quantity }} * multiplier
        when 'contract'
        then
            {{ quantity }}
            * contract_size
            * case contract_unit when 'base' then multiplier when 'usd' then 1 / nullif({{ price }}, 0) end
        when 'usd'
        then {{ quantity }} / nullif({{ price }}, 0)
    end
{%- endmacro %}

{#- A quantity in USD, as `to_base`. -#}
{% macro to_usd(quantity, native_unit, price) -%}
    case
        {{ native_unit }}
        when 'base'
        then {{ quantity }} * multiplier * {{ price }}
        when 'contract'
        then
            {{ quantity }}
            * contract_size
            * case contract_unit when 'base' then multiplier * {{ price }} when 'usd' then 1 end
        when 'usd'
        then {{ quantity }}
    end
{%- endmacro %}

{#- A quantity in contracts, as `to_base`. -#}
{% macro to_contracts(quantity, native_unit, price) -%}
    case
        {{ native_unit }}
        when 'base'
        then
            {{ quantity }} / case
                contract_unit
                when 'base'
                then contract_size
                when 'usd'
                then contract_size / (nullif({{ price }}, 0) * multiplier)
            end
        when 'contract'
        then {{ quantity }}
        when 'usd'
        then
            {{ quantity }} / case
                contract_unit
                when 'base'
                then contract_size * multiplier * nullif({{ price }}, 0)
                when 'usd'
                then contract_size
            end
    end
{%- endmacro %}
