-- One row per source, venue, asset, timeframe and bar with open interest: the venue's level, and for the bar itself and
-- for each lookback the sum over the instruments that were present at both ends under one methodology (chain-linking).
{%- set spans = [{"name": "bar", "seconds": 0}] + lookbacks() %}

with

contributions as (

    select
        source,
        venue,
        asset,
        symbol,
        methodology_id,
        market_type,
        settlement,
        event_at,
        native_timeframe,
        is_15m_grain,
        is_4h_grain,
        oi_base,
        oi_usd
    from {{ ref("fct_open_interest") }}
    where not is_quarantined and oi_base is not null and {{ changed("event_at", lookback_days=9) }}

    union all

    select
        source,
        venue,
        asset,
        asset as symbol,
        methodology_id,
        null as market_type,
        null as settlement,
        event_at,
        native_timeframe,
        coalesce(native_timeframe = '15m', false) as is_15m_grain,
        coalesce(native_timeframe = '4h', false) as is_4h_grain,
        oi_base,
        oi_usd
    from {{ ref("fct_venue_total_open_interest") }}
    where not is_quarantined and oi_base is not null and {{ changed("event_at", lookback_days=9) }}

),

keyed as (

    select
        *,
        hash(source, venue, asset, symbol, methodology_id, market_type, settlement) as series_key,
        {{ timeframe_seconds("native_timeframe") }} as native_seconds
    from contributions

),

series as (

    select distinct
        series_key,
        source,
        venue,
        asset,
        market_type,
        settlement
    from keyed

),

{% for timeframe in timeframes() %}
{%- set own_grain = {"15m": "is_15m_grain", "4h": "is_4h_grain"}.get(timeframe.name, "true") %}
{%- set seconds = timeframe.seconds %}
-- The last value of each instrument in each bar, whatever its methodology, so that a change of rule adds nothing twice.
bars_{{ timeframe.name }} as (

    {% if loop.first %}
    select
        series_key,
        event_at as bar_at,
        oi_base,
        oi_usd
    from keyed
    where native_seconds = {{ seconds }}
    {% else %}
    select
        last_row.series_key,
        bar_at,
        last_row.oi_base,
        last_row.oi_usd
    from (
        select
            {{ bar_end("event_at", seconds) }} as bar_at,
            arg_max({series_key: series_key, oi_base: oi_base, oi_usd: oi_usd}, event_at) as last_row
        from keyed
        where native_seconds <= {{ seconds }} and {{ own_grain }}
        group by source, venue, asset, symbol, {{ bar_end("event_at", seconds) }}
    )
    {% endif %}

),

filled_{{ timeframe.name }} as (

    {{ fill_gaps("bars_" ~ timeframe.name, seconds, ["oi_base", "oi_usd"]) }}

),

lagged_{{ timeframe.name }} as (

    select
        series_key,
        '{{ timeframe.name }}' as timeframe,
        bar_at as event_at,
        oi_base,
        oi_usd,
        {% for span in spans %}
        {%- if span.seconds == 0 %}
        lag(oi_base) over grid as previous_bar_base
        {%- elif span.seconds % seconds == 0 %}
        lag(oi_base, {{ span.seconds // seconds }}) over grid as previous_{{ span.name }}_base
        {%- else %}
        null::double as previous_{{ span.name }}_base
        {%- endif %}{{ "," if not loop.last }}
        {%- endfor %}
    from filled_{{ timeframe.name }}
    window grid as (partition by series_key order by bar_at)

),
{% endfor %}

lagged as (

    {% for timeframe in timeframes() %}
    select *
    from lagged_{{ timeframe.name }}
    where oi_base is not null and event_at <= {{ horizon() }} and {{ changed("event_at") }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    series.source,
    series.venue,
    series.asset,
    lagged.timeframe,
    lagged.event_at,
    sum(lagged.oi_base) as oi_base,
    sum(lagged.oi_usd) as oi_usd,
    sum(
        case when series.market_type = 'perpetual' then lagged.oi_base when series.market_type is not null then 0 end
    ) as perpetual_oi_base,
    sum(
        case when series.market_type = 'perpetual' then lagged.oi_usd when series.market_type is not null then 0 end
    ) as perpetual_oi_usd,
    sum(
        case when series.settlement = 'linear' then lagged.oi_base when series.settlement is not null then 0 end
    ) as linear_oi_base,
    sum(
        case when series.settlement = 'linear' then lagged.oi_usd when series.settlement is not null then 0 end
    ) as linear_oi_usd,
    count(*) as instrument_count,
    {% for span in spans %}
    sum(case when lagged.previous_{{ span.name }}_base is not null then lagged.oi_base end)
        as linked_{{ span.name }}_base,
    sum(lagged.previous_{{ span.name }}_base) as previous_{{ span.name }}_base{{ "," if not loop.last }}
    {% endfor %}
from lagged
inner join series on lagged.series_key = series.series_key
group by series.source, series.venue, series.asset, lagged.timeframe, lagged.event_at
