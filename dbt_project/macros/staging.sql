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

            select
                *,
                row_number() over (
                    partition by {{ full_key | join(", ") }} order by observed_at desc, load_sequence desc
                ) as observation_rank,
                count(*) over (partition by {{ full_key | join(", ") }}) as observation_count
            from {{ raw_relation }}
            where {{ changed("stamped_at", window="bar") }}

        ),

        -- The newest observation of each key, with the label convention of its date where a collector changed it.
        newest as (

            select
                observations.*,
                venue_alias.venue,
                coalesce(label_convention.label_convention, observations.label_convention) as applied_convention
                {%- if has_bars %}, late_poll.tolerance_seconds{% endif %}
            from observations
            left join
                {{ ref("venue_alias") }} as venue_alias
                on observations.source = venue_alias.source
                and observations.venue_native = venue_alias.venue_native
            left join
                {{ ref("label_convention") }} as label_convention
                on observations.label_convention = 'dated'
                and observations.collector = label_convention.collector
                and observations.stamped_at >= coalesce(label_convention.valid_from, timestamp '1970-01-01')
                and observations.stamped_at < coalesce(label_convention.valid_to, timestamp '9999-01-01')
            {%- if has_bars %}
                left join {{ ref("late_poll") }} as late_poll on observations.collector = late_poll.collector
            {%- endif %}
            where observations.observation_rank = 1

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
