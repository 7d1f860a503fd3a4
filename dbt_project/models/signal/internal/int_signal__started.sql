-- One row per source, asset, venue, timeframe, signal, version and bar that starts a signal. The first bar of an
-- episode starts one, and so does each later bar that is at least `escalation_ratio` times as strong as the signal in
-- force, the one that started last. An episode ends when the condition has been false for longer than the cool-down.
with recursive

    -- Every bar on which the condition of a signal holds.
    held as (

        {% for bars in [
            ref("int_signal__market"),
            ref("int_signal__structure"),
            ref("int_signal__positioning"),
            ref("int_signal__venue"),
        ] %}
            select
                hash(source, asset, venue, timeframe, signal, parameters_version) as series_key,
                source,
                asset,
                venue,
                timeframe,
                event_at,
                signal,
                parameters_version,
                direction,
                cooldown_hours,
                escalation_ratio,
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
    stepped as (select *, lag(event_at) over (partition by series_key order by event_at) as previous_at from held),

    -- The bars with the number of their episode. An increment continues the episode that is open at its beginning: its
    -- number is 0.
    bars as (

        select
            *,
            md5(
                concat_ws(
                    '|',
                    source,
                    asset,
                    coalesce(venue, ''),
                    timeframe,
                    signal,
                    parameters_version,
                    strftime(event_at, '%Y-%m-%dT%H:%M:%S')
                )
            ) as signal_id,
            count(*) filter (where previous_at is null or event_at - previous_at > to_hours(cooldown_hours)) over (
                partition by series_key order by event_at
            ) as episode
        from stepped
        where {{ changed("event_at") }}

    ),

    -- The signal in force at the beginning of each episode.
    first_ones as (

        select
            series_key,
            episode,
            min(event_at) as event_at,
            arg_min(signal_id, event_at) as signal_id,
            arg_min_null(strength, event_at) as strength
        from bars
        where episode > 0
        group by series_key, episode

        {% if is_incremental() %}
            union all

            -- The bars before the recomputed instant have not changed, and neither have the signals that they started.
            select
                hash(source, asset, venue, timeframe, signal, parameters_version) as series_key,
                0 as episode,
                max(event_at) as event_at,
                arg_max(signal_id, event_at) as signal_id,
                arg_max_null(strength, event_at) as strength
            from {{ this }}
            where event_at < {{ recompute_from() }}
            group by series_key
        {% endif %}

    ),

    -- Each step finds the next signal of an episode: the first later bar that is strong enough.
    started as (

        select series_key, episode, event_at, signal_id, strength, null::varchar as escalates
        from first_ones

        union all

        select
            bars.series_key,
            bars.episode,
            min(bars.event_at) as event_at,
            arg_min(bars.signal_id, bars.event_at) as signal_id,
            arg_min(bars.strength, bars.event_at) as strength,
            any_value(started.signal_id) as escalates
        from started
        inner join
            bars
            on started.series_key = bars.series_key
            and started.episode = bars.episode
            and started.event_at < bars.event_at
            and bars.strength >= bars.escalation_ratio * started.strength
        group by bars.series_key, bars.episode

    )

select
    bars.signal_id,
    bars.source,
    bars.asset,
    bars.venue,
    bars.timeframe,
    bars.event_at,
    bars.signal,
    bars.parameters_version,
    bars.direction,
    bars.strength,
    bars.stop_price_usd,
    bars.evidence,
    started.escalates
from bars
inner join started on bars.signal_id = started.signal_id
