{#-
  The newest observation of every key in a raw table, with the canonical name of its venue and its instant.

  `key` adds columns to the common key; `columns` are the columns of the dataset to pass on. Older observations stay in
  raw. Where `has_bars`, a value that came some seconds after the end of a bar belongs to that bar
  (`instant_on_bar`); `measured_at` is its exact instant. Events happen at their own instant, so they are never moved.
-#}
{% macro newest_observations(raw_relation, columns, key=[], has_bars=false) %}
    {%- set full_key = ["source", "collector", "scope", "venue_native", "symbol", "stamped_at"] + key -%}
    with

        observations as (

            select *, hash({{ full_key | join(", ") }}) as observation_key
            from {{ raw_relation }}
            where {{ changed("stamped_at", window="bar") }}

        ),

        -- Most keys were observed once. Only the others are ranked, because a sort of all rows would cost more than the
        -- rest of the model.
        repeated as (select observation_key from observations group by observation_key having count(*) > 1),

        ranked as (

            select
                *,
                count(*) over observed_key as observation_count,
                row_number() over (observed_key order by observed_at desc, load_sequence desc) as observation_rank
            from observations
            semi join repeated using (observation_key)
            window observed_key as (partition by {{ full_key | join(", ") }})

        ),

        newest_observation as (

            select *, 1 as observation_count
            from observations
            anti join repeated using (observation_key)

            union all

            select * exclude (observation_rank)
            from ranked
            where observation_rank = 1

        ),

        -- The newest observation of each key, with the label convention of its date where a collector changed it.
        newest as (

            select
                newest_observation.*,
                venue_alias.venue,
                coalesce(label_convention.label_convention, newest_observation.label_convention) as applied_convention
                {%- if has_bars %}, late_poll.tolerance_seconds{% endif %}
            from newest_observation
            left join
                {{ ref("venue_alias") }} as venue_alias
                on newest_observation.source = venue_alias.source
                and newest_observation.venue_native = venue_alias.venue_native
            left join
                {{ ref("label_convention") }} as label_convention
                on newest_observation.label_convention = 'dated'
                and newest_observation.collector = label_convention.collector
                and newest_observation.stamped_at >= coalesce(label_convention.valid_from, timestamp '1970-01-01')
                and newest_observation.stamped_at < coalesce(label_convention.valid_to, timestamp '9999-01-01')
            {%- if has_bars %}
                left join {{ ref("late_poll") }} as late_poll on newest_observation.collector = late_poll.collector
            {%- endif %}

        ),

        -- The same with the instant of each label.
        timed as (

            select
                *,
                {{ event_instant("stamped_at", "applied_convention", "interval_seconds") }} as measured_at,
                {{ native_timeframe("interval_seconds") }} as native_timeframe
            from newest

        )

    select
        source,
        source_mode,
        collector,
        scope,
        venue,
        venue_native,
        symbol,
        {% if has_bars %}
            {{ instant_on_bar("measured_at", "interval_seconds", "tolerance_seconds") }} as event_at, measured_at,
        {% else %} measured_at as event_at,
        {% endif %} native_timeframe,
        interval_seconds,
        stamped_at,
        observed_at,
        observation_count,
        batch_id,
        {{ columns | join(",\n    ") }}
    from timed
    where {{ changed("event_at") }}
{% endmacro %}
