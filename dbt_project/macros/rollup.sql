{#- Bars of a timeframe from the finer bars of a source, and conversion of quantities between units. -#}
{#-
  Whether a row of a flow or of a price is part of the bars of the timeframe. A timeframe that is not standard is built
  from finer rows of a market whose open interest has that grain, from its first bar on. The row has the columns of
  `int_open_interest__own_grain`, `native_timeframe` and `event_at`.
-#}
{% macro contributes_to(timeframe) -%}
    {{ timeframe_seconds("native_timeframe") }} <= {{ timeframe.seconds }}
    {%- if not timeframe.is_standard %}
        and (
            native_timeframe = '{{ timeframe.name }}'
            or {{ bar_end("event_at", timeframe.seconds) }} >= first_{{ timeframe.name }}_at
        )
    {%- endif -%}
{%- endmacro %}

{#-
  Whether rows of `fct_open_interest` are of the timeframe's own grain, where the timeframe is built from no finer one.
-#}
{% macro own_grain(timeframe) -%}
    {{ {"15m": "is_15m_grain", "4h": "is_4h_grain"}.get(timeframe.name, "true") }}
{%- endmacro %}

{#-
  Whether a level is part of the bars of the timeframe: its grain is as fine as the bar, and it was measured at most one
  interval of its source before the bar's end (`level_valid_until`). The row has the columns of `fct_open_interest`.
-#}
{% macro is_level_of(timeframe) -%}
    {{ timeframe_seconds("native_timeframe") }} <= {{ timeframe.seconds }}
    and {{ own_grain(timeframe) }}
    and {{ bar_end("event_at", timeframe.seconds) }} <= {{ level_valid_until("measured_at", "interval_seconds") }}
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
