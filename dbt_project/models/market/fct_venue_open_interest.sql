-- One row per source, venue, asset, timeframe and bar with open interest: the venue's level at the end of the bar. For
-- the bar and each lookback there are two sums over the instruments that were present at both ends under one
-- methodology (chain-linking). All growth of open interest comes from these sums, which count contracts: both value a
-- contract at the earlier end (docs/decisions/0023-growth-counts-contracts.md). A value that jumps while the other
-- venues are calm is suspended from growth (docs/decisions/0024-glitches-are-suspended.md).
{%- set spans = [{"name": "bar", "seconds": 0}] + lookbacks() %}

with

    -- Rows of instruments, and totals of vendors as one series per venue. Two scans cost less than a copy of the names.
    contributions as not materialized(

        select
            source,
            venue,
            asset,
            symbol,
            methodology_id,
            market_type,
            settlement,
            event_at,
            measured_at,
            native_timeframe,
            interval_seconds,
            is_15m_grain,
            is_4h_grain,
            'contracts' as growth_basis,
            oi_base,
            oi_usd,
            oi_quantity,
            quantity_unit
        from {{ ref("fct_open_interest") }}
        where
            not is_quarantined and coalesce(oi_base, oi_usd) is not null and {{ changed("event_at", window="growth") }}

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
            measured_at,
            native_timeframe,
            interval_seconds,
            coalesce(native_timeframe = '15m', false) as is_15m_grain,
            coalesce(native_timeframe = '4h', false) as is_4h_grain,
            'as_reported' as growth_basis,
            oi_base,
            oi_usd,
            oi_base as oi_quantity,
            'base' as quantity_unit
        from {{ ref("fct_venue_total_open_interest") }}
        where
            not is_quarantined and coalesce(oi_base, oi_usd) is not null and {{ changed("event_at", window="growth") }}

    ),

    -- From here on rows have a number in place of the names, which makes groups and joins cheaper, and say of which
    -- bars they are a level.
    keyed as materialized(

        select
            hash(source, venue, asset, symbol, methodology_id, market_type, settlement, quantity_unit) as series_key,
            hash(source, venue, asset, symbol) as instrument_key,
            event_at,
            measured_at,
            {% for timeframe in timeframes() %}
                {{ is_level_of(timeframe) }} as is_level_of_{{ timeframe.name }},
            {% endfor %}
            oi_base,
            oi_usd,
            oi_quantity
        from contributions

    ),

    -- The names behind the numbers, and whether a venue has a single series of the asset.
    series as (

        select *, count(*) over (partition by venue_key) = 1 as is_alone
        from
            (
                select distinct
                    hash(
                        source, venue, asset, symbol, methodology_id, market_type, settlement, quantity_unit
                    ) as series_key,
                    hash(source, venue, asset) as venue_key,
                    source,
                    venue,
                    asset,
                    market_type = 'perpetual' as is_perpetual,
                    settlement = 'linear' as is_linear,
                    quantity_unit = 'usd' as is_sized_in_usd,
                    growth_basis
                from contributions
            )

    ),

    venues as (select distinct venue_key, source, venue, asset from series),

    {% for timeframe in timeframes() %}
        {%- set seconds = timeframe.seconds %}
        -- The last value of each instrument in each bar, whatever its methodology. A change of rule within a bar
        -- therefore counts the instrument once. A value older than one interval of its source is no level of the bar.
        bars_{{ timeframe.name }} as (

            {% if loop.first %}
                select series_key, event_at as bar_at, measured_at, oi_base, oi_usd, oi_quantity
                from keyed
                where is_level_of_{{ timeframe.name }}
            {% else %}
                select
                    arg_max(series_key, event_at) as series_key,
                    {{ bar_end("event_at", seconds) }} as bar_at,
                    arg_max(measured_at, event_at) as measured_at,
                    arg_max_null(oi_base, event_at) as oi_base,
                    arg_max_null(oi_usd, event_at) as oi_usd,
                    arg_max_null(oi_quantity, event_at) as oi_quantity
                from keyed
                where is_level_of_{{ timeframe.name }}
                group by instrument_key, {{ bar_end("event_at", seconds) }}
            {% endif %}

        ),

        filled_{{ timeframe.name }} as (

            {{ fill_gaps("bars_" ~ timeframe.name, seconds, ["measured_at", "oi_base", "oi_usd", "oi_quantity"]) }}

        ),

        -- Each value beside the value one bar before and the value each lookback before. The quantity of now is valued
        -- in the coins that it was worth before.
        lagged_{{ timeframe.name }} as (

            select
                series_key,
                bar_at as event_at,
                measured_at,
                oi_base,
                oi_usd,
                oi_quantity,
                {% for span in spans %}
                    {%- if (span.seconds or seconds) % seconds == 0 %}
                        {%- set bars = (span.seconds or seconds) // seconds %}
                        lag(oi_base, {{ bars }}) over grid as previous_{{ span.name }}_base,
                        {{ linked_base("grid", bars) }} as linked_{{ span.name }}_base
                    {%- else %}
                        null::double as previous_{{ span.name }}_base, null::double as linked_{{ span.name }}_base
                    {%- endif %} {{ "," if not loop.last }}
                {%- endfor %}
            from filled_{{ timeframe.name }}
            window grid as (partition by series_key order by bar_at)

        ),

        -- A venue with a single series needs no sum, which saves most of the work.
        summed_{{ timeframe.name }} as (

            {% for is_alone in [true, false] %}
                {%- set total = "" if is_alone else "sum" %}
                select
                    series.venue_key,
                    lagged.event_at,
                    {{ "" if is_alone else "min" }} (lagged.measured_at) as measured_at,
                    {{ total }} (lagged.oi_base) as oi_base,
                    {{ total }} (lagged.oi_usd) as oi_usd,
                    {{ total }} (case when lagged.oi_base is null then lagged.oi_usd else 0 end) as oi_without_base_usd,
                    {{ total }} (lagged.oi_base * series.is_perpetual::integer) as perpetual_oi_base,
                    {{ total }} (lagged.oi_usd * series.is_perpetual::integer) as perpetual_oi_usd,
                    {{ total }} (lagged.oi_base * series.is_linear::integer) as linear_oi_base,
                    {{ total }} (lagged.oi_usd * series.is_linear::integer) as linear_oi_usd,
                    {{ total }} (case when series.is_sized_in_usd then lagged.oi_base else 0 end) as usd_sized_oi_base,
                    {{ total }} (
                        case when series.is_sized_in_usd then lagged.oi_quantity else 0 end
                    ) as usd_sized_face_usd,
                    {{ "1" if is_alone else "count(*)" }} as instrument_count,
                    {{ "series.growth_basis" if is_alone else common_growth_basis("series.growth_basis") }}
                    as growth_basis,
                    {% for span in spans %}
                        {{ total }} (lagged.linked_{{ span.name }}_base) as linked_{{ span.name }}_base,
                        {{ total }} (
                            case
                                when lagged.linked_{{ span.name }}_base is not null
                                then lagged.previous_{{ span.name }}_base
                            end
                        ) as previous_{{ span.name }}_base{{ "," if not loop.last }}
                    {%- endfor %}
                from lagged_{{ timeframe.name }} as lagged
                inner join series on lagged.series_key = series.series_key
                where
                    {{ "" if is_alone else "not " }}series.is_alone
                    and lagged.measured_at is not null
                    and lagged.event_at <= {{ last_observed() }}
                    {% if is_incremental() %}
                        and lagged.event_at >= {{ recompute_from() }} - to_seconds({{ glitch_bars() * seconds }})
                    {% endif %}
                {% if not is_alone %} group by series.venue_key, lagged.event_at
                {% else %}
                    union all
                {% endif %}
            {% endfor %}

        ),
    {% endfor %}

    summed as (

        {% for timeframe in timeframes() %}
            select '{{ timeframe.name }}' as timeframe, {{ timeframe.seconds }} as bar_seconds, *
            from summed_{{ timeframe.name }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    growths as (

        select
            summed.venue_key,
            hash(venues.source, venues.asset) as market_key,
            summed.bar_seconds,
            summed.event_at,
            divide(epoch(summed.event_at)::bigint, summed.bar_seconds) as bar_number,
            {{ linked_growth("bar") }} as growth_ratio
        from summed
        inner join venues on summed.venue_key = venues.venue_key

    ),

    suspended as ({{ suspended_bars("growths") }}),

    -- The growths that begin or end at a suspended bar.
    withheld as (

        select
            venue_key,
            bar_seconds,
            event_at + to_seconds(offset_seconds) as event_at,
            bool_or(offset_seconds = 0) as is_suspended,
            {% for span in spans %}
                bool_or(offset_seconds in (0, {{ span.seconds or "bar_seconds" }})) as is_{{ span.name }}_withheld
                {{- "," if not loop.last }}
            {% endfor %}
        from
            (
                select
                    *,
                    unnest(
                        [0 {%- for span in spans %}, {{ span.seconds or "bar_seconds" }}{% endfor %}]
                    ) as offset_seconds
                from suspended
            )
        group by venue_key, bar_seconds, event_at + to_seconds(offset_seconds)

    ),

    bars as (

        select
            summed.* replace (
                {% for span in spans %}
                    {% for end in ["linked", "previous"] %}
                        case
                            when withheld.is_{{ span.name }}_withheld is not true
                            then summed.{{ end }}_{{ span.name }}_base
                        end as {{ end }}_{{ span.name }}_base {{- "," if not loop.last }}
                    {%- endfor %} {{- "," if not loop.last }}
                {% endfor %}
            ),
            withheld.is_suspended is true as is_suspended,
            case when withheld.is_bar_withheld then {{ linked_growth("bar") }} end as suspended_growth_ratio
        from summed
        left join
            withheld
            on summed.venue_key = withheld.venue_key
            and summed.bar_seconds = withheld.bar_seconds
            and summed.event_at = withheld.event_at
        where {{ changed("summed.event_at") }}

    )

select
    venues.source,
    venues.venue,
    venues.asset,
    bars.timeframe,
    bars.event_at,
    bars.measured_at,
    bars.oi_base,
    bars.oi_usd,
    bars.oi_without_base_usd,
    bars.perpetual_oi_base,
    bars.perpetual_oi_usd,
    bars.linear_oi_base,
    bars.linear_oi_usd,
    bars.usd_sized_oi_base,
    bars.usd_sized_face_usd,
    bars.instrument_count,
    {% for span in spans %} bars.linked_{{ span.name }}_base, bars.previous_{{ span.name }}_base, {% endfor %}
    case
        when
            coalesce({%- for span in spans %}bars.linked_{{ span.name }}_base{{ "," if not loop.last }} {%- endfor %})
            is not null
        then bars.growth_basis
    end as growth_basis,
    bars.is_suspended,
    bars.suspended_growth_ratio
from bars
inner join venues on bars.venue_key = venues.venue_key
