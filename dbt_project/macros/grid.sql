{#-
  Regular grids. Growth and windows use row offsets, which are far faster than time ranges. Row offsets are right only
  where every bar has a row, so a missing bar becomes a row of NULLs
  (docs/decisions/0005-regular-grid-and-row-frames.md).
-#}
{#-
  `relation` (series_key, bar_at, values...) plus a row for every missing bar between the first and the last bar of a
  series.
-#}
{% macro fill_gaps(relation, seconds, values) %}
    select series_key, bar_at, {{ values | join(", ") }}
    from {{ relation }}

    union all

    select
        series_key,
        unnest(
            generate_series(
                bar_at + to_seconds({{ seconds }}), next_bar_at - to_seconds({{ seconds }}), to_seconds({{ seconds }})
            )
        ) as bar_at,
        {% for value in values %} null{{ "," if not loop.last }} {% endfor %}
    from
        (
            select series_key, bar_at, lead(bar_at) over (partition by series_key order by bar_at) as next_bar_at
            from {{ relation }}
        )
    where next_bar_at > bar_at + to_seconds({{ seconds }})
{% endmacro %}
