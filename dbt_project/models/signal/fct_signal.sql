{{ config(materialized="incremental", incremental_strategy="append_new", full_refresh=false) }}

with

    -- Every bar on which the condition of a signal holds.
    held as (

        {% for bars in [
            ref("int_signal__market"),
            ref("int_signal__structure"),
            ref("int_signal__positioning"),
            ref("int_signal__venue"),
        ] %}
            select
                source,
                asset,
                venue,
                timeframe,
                event_at,
                signal,
                parameters_version,
                direction,
                cooldown_hours,
                strength,
                stop_price_usd,
                evidence
            from {{ bars }}
            where {{ changed("event_at", window="signal_cooldown") }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- Each of these bars with the one before it.
    stepped as (

        select
            *,
            lag(event_at) over (
                partition by source, asset, venue, timeframe, signal, parameters_version order by event_at
            ) as previous_at
        from held

    ),

    -- A condition that holds again within the cool-down is still the same signal.
    started as (

        select *
        from stepped
        where {{ changed("event_at") }} and (previous_at is null or event_at - previous_at > to_hours(cooldown_hours))

    )

select
    md5(
        concat_ws(
            '|',
            started.source,
            started.asset,
            coalesce(started.venue, ''),
            started.timeframe,
            started.signal,
            started.parameters_version,
            strftime(started.event_at, '%Y-%m-%dT%H:%M:%S')
        )
    ) as signal_id,
    started.source,
    started.asset,
    started.venue,
    started.timeframe,
    started.signal,
    started.event_at,
    started.direction,
    started.strength,
    started.stop_price_usd,
    started.evidence,
    started.parameters_version,
    {{ last_observed() }} as recorded_at,
    coalesce(started.event_at <= watch.evaluated_to, false) as is_late
from started
left join
    {{ source("ops", "signal_watch") }} as watch
    on started.source = watch.source
    and started.asset = watch.asset
    and started.timeframe = watch.timeframe
    and started.signal = watch.signal
    and started.parameters_version = watch.parameters_version
