{#- What several models read of the markets. -#}
{#- The bars of open interest at which the reference price is known, with the price: those of an increment and of `window`. -#}
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
