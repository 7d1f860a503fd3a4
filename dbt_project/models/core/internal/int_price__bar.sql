-- One row per source, asset, timeframe and bar at whose end the reference price is known, also where open interest has
-- a hole. The price at T is the reference price of the instant T itself; an older price is not carried forward.
{% for timeframe in timeframes() %}
    select source, asset, '{{ timeframe.name }}' as timeframe, event_at, reference_price_usd
    from {{ ref("fct_reference_price") }}
    where
        reference_price_usd > 0 and epoch(event_at)::bigint % {{ timeframe.seconds }} = 0 and {{ changed("event_at") }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
