-- One row per jump of a venue that the other venues did not make. A jump and the return from it are one row: from the
-- first to the last bar that differs from the other venues.
with

    -- A glitch, and the return from it, are jumps of a bar. Their growth is withheld.
    moves as (

        select
            *,
            coalesce(suspended_growth_ratio, linked_4h_base / previous_4h_base - 1) as change_ratio,
            lag(oi_base) over (partition by source, asset, venue, timeframe order by event_at) as before_base
        from {{ slow_bars() }}

    ),

    jumps as (

        select
            jump.source,
            jump.asset,
            jump.venue,
            jump.timeframe,
            jump.event_at,
            any_value(jump.oi_base) as oi_base,
            any_value(jump.before_base) as before_base,
            any_value(jump.change_ratio) as change_ratio,
            median(peer.change_ratio) as peer_change_ratio
        from moves as jump
        inner join
            moves as peer
            on jump.source = peer.source
            and jump.asset = peer.asset
            and jump.timeframe = peer.timeframe
            and jump.event_at = peer.event_at
            and jump.venue <> peer.venue
        where abs(ln(1 + jump.change_ratio)) > {{ threshold("jump_change") }} and peer.change_ratio is not null
        group by jump.source, jump.asset, jump.venue, jump.timeframe, jump.event_at
        having
            count(*) >= {{ threshold_literal("jump_minimum_peers") }}
            and abs(median(peer.change_ratio)) < {{ threshold("jump_peer_change") }}

    ),

    -- A change over 4 h stays in four bars of 1h, and the return from a jump comes up to 4 h after it.
    numbered as (

        select
            *,
            sum(
                case
                    when epoch(event_at - previous_at) <= greatest(14400, {{ timeframe_seconds("timeframe") }})
                    then 0
                    else 1
                end
            ) over (partition by source, asset, venue, timeframe order by event_at) as jump_number
        from
            (
                select
                    *,
                    lag(event_at) over (partition by source, asset, venue, timeframe order by event_at) as previous_at
                from jumps
            )

    )

select
    'shown' as handling,
    source,
    timeframe as series,
    venue,
    asset,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    count(*) as row_count,
    arg_max(change_ratio, abs(ln(1 + change_ratio))) as observed_value,
    arg_max(peer_change_ratio, abs(ln(1 + change_ratio))) as expected_value,
    'moved within 4 h while the other venues did not, and ' || case
        when abs(ln(arg_max(oi_base, event_at) / arg_min(before_base, event_at))) <= {{ threshold("jump_change") }}
        then 'came back'
        else 'did not come back'
    end as explanation
from numbered
group by source, asset, venue, timeframe, jump_number
