{#-
  The contract of a row, for use after `join`: the period of `dim_instrument` that is valid at the instant of the row.
  `row` is the name of the relation with venue and symbol, `instant` the SQL of the instant.
-#}
{% macro instrument_at(row, instant=none) -%}
    {%- set instant = instant or row ~ ".event_at" -%}
    {{ ref("dim_instrument") }} as instrument
    on {{ row }}.venue = instrument.venue
    and {{ row }}.symbol = instrument.symbol
    and {{ instant }} >= instrument.valid_from
    and {{ instant }} < instrument.valid_to
{%- endmacro %}
