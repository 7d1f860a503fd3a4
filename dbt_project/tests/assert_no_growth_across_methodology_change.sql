-- Only venues with a change of rule can fail the test, so it reads only these.
with

    core_rows as (

        select source, venue, asset, symbol, methodology_id, event_at
        from {{ tested(ref("fct_open_interest"), window="tested_growth") }}
        where not is_quarantined

        union all

        select source, venue, asset, asset as symbol, methodology_id, event_at
        from {{ tested(ref("fct_venue_total_open_interest"), window="tested_growth") }}
        where not is_quarantined

    ),

    changing as (

        select source, venue, asset
        from core_rows
        group by source, venue, asset
        having count(distinct methodology_id) > 1

    ),

    rules_in_bars as (

        {% for timeframe in timeframes() %}
            select distinct
                source,
                venue,
                asset,
                symbol,
                methodology_id,
                '{{ timeframe.name }}' as timeframe,
                {{ bar_end("event_at", timeframe.seconds) }} as event_at
            from core_rows
            semi join changing using (source, venue, asset)
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- Bars for which the bar before has a series under some rule; the join below checks that the rule still holds.
    linkable as (

        select
            source,
            venue,
            asset,
            symbol,
            methodology_id,
            timeframe,
            event_at + to_seconds({{ timeframe_seconds("timeframe") }}) as event_at
        from rules_in_bars

    ),

    linked as (

        select source, venue, asset, timeframe, event_at
        from rules_in_bars
        semi join linkable using (source, venue, asset, symbol, methodology_id, timeframe, event_at)

    )

select velocity.source, velocity.venue, velocity.asset, velocity.timeframe, velocity.event_at, velocity.oi_growth_ratio
from {{ tested(ref("fct_venue_oi_velocity")) }} as velocity
semi join changing using (source, venue, asset)
anti join linked using (source, venue, asset, timeframe, event_at)
where velocity.oi_growth_ratio is not null
