{#- Bars of a timeframe from the finer bars of a source, and quantities in the unit that the row does not have. -#}
{#- Whether a row of a source's own grain is a part of the bars of the timeframe. -#}
{% macro contributes_to(timeframe, native_timeframe) -%}
    {%- if timeframe.is_standard -%} {{ timeframe_seconds(native_timeframe) }} <= {{ timeframe.seconds }}
    {%- else -%} {{ native_timeframe }} = '{{ timeframe.name }}'
    {%- endif -%}
{%- endmacro %}

{#- How many of the source's own bars make one bar of the timeframe. -#}
{% macro bars_expected(timeframe, interval_seconds) -%} {{ timeframe.seconds }} / {{ interval_seconds }} {%- endmacro %}

{#- The value of a unit's quantity in base coins: base, contracts of base or USD value, or USD. -#}
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

{#- The same in USD. -#}
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

{#- The same in contracts. -#}
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
