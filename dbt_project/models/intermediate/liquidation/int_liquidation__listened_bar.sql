-- One row per source, stream and 5-minute bar in which it was listened to at all: for which part of the bar.
with

stretches as (

    select
        source,
        source_mode,
        collector,
        symbol as stream,
        listened_from,
        event_at as listened_until,
        observed_at,
        unnest(
            generate_series({{ bar_end("listened_from", 300) }}, {{ bar_end("event_at", 300) }}, interval 5 minute)
        ) as bar_at
    from {{ ref("stg_listening") }}
    where {{ changed("event_at", lookback_days=1) }}

)

select
    source,
    any_value(source_mode) as source_mode,
    collector,
    stream,
    bar_at as event_at,
    max(observed_at) as observed_at,
    -- A collector that was started twice heard the same time twice.
    least(1, sum(greatest(
        0, epoch(least(listened_until, bar_at)) - epoch(greatest(listened_from, bar_at - interval 5 minute))
    )) / 300) as listened_ratio
from stretches
where {{ changed("bar_at") }}
group by source, collector, stream, bar_at
