-- One row per jump of a venue that the other venues did not make.
with

    jumps as (

        -- A glitch, and the return from it, are jumps of a bar. Their growth is withheld.
        select *, coalesce(suspended_growth_ratio, linked_4h_base / previous_4h_base - 1) as change_ratio
        from {{ slow_bars() }}
        where
            abs(ln(1 + coalesce(suspended_growth_ratio, linked_4h_base / previous_4h_base - 1)))
            > {{ threshold("jump_change") }}

    )

select
    'shown' as handling,
    jumps.source,
    jumps.timeframe as series,
    jumps.venue,
    jumps.asset,
    jumps.event_at as first_event_at,
    jumps.event_at as last_event_at,
    count(*) as row_count,
    any_value(jumps.change_ratio) as observed_value,
    median(peers.linked_4h_base / peers.previous_4h_base - 1) as expected_value,
    'moved within 4 h while the other venues did not' as explanation
from jumps
inner join
    {{ slow_bars() }} as peers
    on jumps.source = peers.source
    and jumps.asset = peers.asset
    and jumps.timeframe = peers.timeframe
    and jumps.event_at = peers.event_at
    and jumps.venue <> peers.venue
where peers.previous_4h_base > 0
group by jumps.source, jumps.timeframe, jumps.venue, jumps.asset, jumps.event_at
having
    count(*) >= {{ threshold_literal("jump_minimum_peers") }}
    and abs(median(peers.linked_4h_base / peers.previous_4h_base - 1)) < {{ threshold("jump_peer_change") }}
