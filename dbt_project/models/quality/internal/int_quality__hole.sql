-- One row per hole between two levels of a contract: its missing bars. Holes count within the life of a contract only,
-- so a listing and a delisting are no holes. The shorter hole of two grains counts: the next bar is expected after the
-- longer of the intervals on both sides.
{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    levels as (

        select source, venue, symbol, asset, event_at, interval_seconds
        from {{ ref("fct_open_interest") }}
        where interval_seconds is not null and {{ changed("event_at") }}

        {% if is_incremental() %}
            union all

            -- The level before the recomputed ones, however old it is.
            select
                source,
                venue,
                symbol,
                arg_max(asset, event_at) as asset,
                max(event_at) as event_at,
                arg_max(interval_seconds, event_at) as interval_seconds
            from {{ ref("fct_open_interest") }}
            where interval_seconds is not null and event_at < {{ recompute_from() }}
            group by source, venue, symbol
        {% endif %}

    ),

    -- The grid is of 5 minutes, so a finer interval leaves no finer hole.
    spaced as (

        select
            source,
            venue,
            symbol,
            asset,
            event_at,
            lag(event_at) over series as previous_event_at,
            greatest(interval_seconds, lag(interval_seconds) over series, 300) as expected_seconds
        from levels
        -- A number in place of the names makes the sort cheaper.
        window series as (partition by hash(source, venue, symbol) order by event_at)

    )

select
    source,
    venue,
    symbol,
    asset,
    event_at,
    previous_event_at + to_seconds(expected_seconds) as first_event_at,
    event_at - to_seconds(expected_seconds) as last_event_at,
    expected_seconds as interval_seconds
from spaced
where event_at > previous_event_at + to_seconds(expected_seconds) and {{ changed("event_at") }}
