{#- Queries of the market that several models share. -#}
{#-
  The bars of open interest that have a reference price, with that price. In an incremental run: the recomputed bars and
  those of `window` before.
-#}
{% macro prices_at_bars(window) %}
    select market.source, market.asset, market.timeframe, market.event_at, reference.reference_price_usd
    from {{ ref("fct_market_open_interest") }} as market
    inner join
        {{ ref("fct_reference_price") }} as reference
        on market.source = reference.source
        and market.asset = reference.asset
        and market.event_at = reference.event_at
    where {{ changed("market.event_at", window=window) }} and {{ changed("reference.event_at", window=window) }}
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
