{#- Queries of the market that several models share. -#}
{#-
  The first bar of open interest of each market and timeframe of 1h and coarser. Outcomes begin there: prices may begin
  earlier, but a signal needs open interest.
-#}
{% macro first_bars() %}
    select source, asset, timeframe, min(event_at) as first_event_at
    from {{ ref("fct_market_open_interest") }}
    where timeframe in {{ coarse_timeframes() }}
    group by source, asset, timeframe
{% endmacro %}

{#- The newest bar of each market and timeframe. -#}
{% macro newest_bars() %}
    select source, asset, timeframe, max(event_at) as event_at
    from {{ ref("fct_market_open_interest") }}
    group by source, asset, timeframe
{% endmacro %}

{#- The share of the longs, from two shares or from a bare ratio of longs to shorts; NULL without either. -#}
{% macro long_share(row) -%}
    coalesce(
        {{ row }}.long_native / nullif({{ row }}.long_native + {{ row }}.short_native, 0),
        {{ row }}.ratio_native / (1 + {{ row }}.ratio_native)
    )
{%- endmacro %}
