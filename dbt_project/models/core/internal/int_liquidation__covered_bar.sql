-- One row per source, stream and 5-minute bar during which the stream was connected, with the share of the bar that it
-- was connected, and the symbols that the venue refused to send during any part of it.
with

    -- The parts of each bar in which a collector was connected.
    parts as (

        select
            source,
            source_mode,
            collector,
            symbol as stream,
            observed_at,
            refused_symbols,
            bar_at,
            greatest(covered_from, bar_at - interval 5 minute) as part_from,
            least(event_at, bar_at) as part_until
        from
            (
                select
                    *,
                    unnest(
                        generate_series(
                            {{ bar_end("covered_from", 300) }}, {{ bar_end("event_at", 300) }}, interval 5 minute
                        )
                    ) as bar_at
                from {{ ref("stg_stream_coverage") }}
                where {{ changed("event_at", window="rounding") }}
            ) as stretches

    ),

    -- Parts may overlap: each part adds only the time after the end of the earlier parts, so a minute that is covered
    -- twice counts once.
    additions as (

        select *, greatest(part_from, coalesce(max(part_until) over earlier, part_from)) as added_from
        from parts
        window
            earlier as (
                partition by source, collector, stream, bar_at
                order by part_from, part_until
                rows between unbounded preceding and 1 preceding
            )

    )

select
    source,
    any_value(source_mode) as source_mode,
    collector,
    stream,
    bar_at as event_at,
    max(observed_at) as observed_at,
    sum(greatest(0, epoch_us(part_until) - epoch_us(added_from))) / 300e6 as bar_coverage_ratio,
    flatten(list(refused_symbols)) as refused_symbols
from additions
where {{ changed("bar_at") }}
group by source, collector, stream, bar_at
having bar_coverage_ratio > 0
