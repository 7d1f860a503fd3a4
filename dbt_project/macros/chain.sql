{#-
  Open interest of a market as an index that growth links from bar to bar, so that a venue that comes or goes does not
  move it. One row per bar of 1h and coarser.

  A longer growth (lookback) bridges a hole: its factor is divided by the growth between its start and the hole. A hole
  that no lookback bridges starts a new chain; levels of two chains cannot be compared. `window` is the one for which
  the caller reads the index.
-#}
{% macro chain_linked_index(window) %}
    {%- set bridges = lookbacks() | selectattr("seconds", "gt", 3600) | list %}
    with

        bars as (

            select
                hash(source, asset, timeframe) as series_key,
                source,
                asset,
                timeframe,
                event_at,
                {{ timeframe_seconds("timeframe") }} as bar_seconds,
                oi_base,
                -- NULL where the market ends at zero, because no growth leads back from there.
                nullif(1 + oi_growth_ratio, 0) as growth_factor
                {%- for lookback in bridges %}
                    , nullif(1 + oi_growth_{{ lookback.name }}_ratio, 0) as growth_factor_{{ lookback.name }}
                {%- endfor %}
            from {{ ref("fct_market_open_interest") }}
            where timeframe in {{ coarse_timeframes() }} and {{ changed("event_at", window=window) }}

        ),

        -- The factor that links each bar to the one before it: the growth of the bar, else that of the shortest
        -- lookback that exactly spans the hole.
        linked as (

            select
                *,
                coalesce(
                    growth_factor
                    {%- for lookback in bridges %}
                        ,
                        case
                            when
                                count(growth_factor) over span_{{ lookback.name }} * bar_seconds
                                = {{ lookback.seconds }} - epoch(event_at - lag(event_at) over series)
                            then
                                growth_factor_{{ lookback.name }}
                                / coalesce(product(growth_factor) over span_{{ lookback.name }}, 1)
                        end
                    {%- endfor %}
                ) as linking_factor
            from bars
            window
                {% for lookback in bridges %}
                    span_{{ lookback.name }} as (
                        partition by series_key
                        order by
                            event_at
                            range
                            between interval {{ lookback.seconds - 1 }} second preceding and interval 1 second preceding
                    ),
                {% endfor %}
                series as (partition by series_key order by event_at)

        )

    select
        series_key,
        source,
        asset,
        timeframe,
        event_at,
        bar_seconds,
        oi_base,
        coalesce(product(linking_factor) over series, 1) as oi_index,
        count(*) filter (where linking_factor is null) over series as chain
    from linked
    window series as (partition by series_key order by event_at)
{% endmacro %}
