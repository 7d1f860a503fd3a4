{#-
  The contract that a row is of, to write behind `join`: the period of `dim_instrument` that holds at the row's instant.
  `row` is the name of the relation that has venue and symbol, `instant` the SQL of the instant.
-#}
{% macro instrument_at(row, instant=none) -%}
    {%- set instant = instant or row ~ ".event_at" -%}
    {{ ref("dim_instrument") }} as instrument
    on {{ row }}.venue = instrument.venue
    and {{ row }}.symbol = instrument.symbol
    and {{ instant }} >= instrument.valid_from
    and {{ instant }} < instrument.valid_to
{%- endmacro %}
