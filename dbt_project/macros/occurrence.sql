{#- How often something came true, told honestly: occurrences that do not overlap, and an interval. -#}
{#-
  An aggregate: how many of a group's occurrences begin when the horizon of the last one counted is over. Horizons that
  overlap share their future, so they are one piece of evidence. `is_known` leaves out those without an outcome.
-#}
{% macro independent_count(event_at, horizon_hours, is_known) -%}
    coalesce(
        list_reduce(
            list(struct_pack(kept := 1::bigint, since := epoch({{ event_at }})) order by {{ event_at }}) filter (
                where {{ is_known }}
            ),
            lambda last_one,
            next_one:
            case
                when next_one.since >= last_one.since + 3600 * {{ horizon_hours }}
                then struct_pack(kept := last_one.kept + 1, since := next_one.since)
                else last_one
            end
        ).kept,
        0
    )
{%- endmacro %}

{#-
  An end of the Wilson 95 % interval of a rate that was seen in `count` occurrences (E. B. Wilson, 1927): `side` is -1 for
  the lower and 1 for the upper one. NULL without occurrences. Unlike the normal interval it stays inside 0 to 1, and
  says something for 3 of 3.
-#}
{% macro wilson_bound(rate, count, side) -%}
    {%- set z = 1.959963984540054 -%}
    case
        when {{ count }} > 0
        -- At a rate of 0 and of 1 the ends are 0 and 1, but for rounding.
        then
            least(
                greatest(
                    (
                        {{ rate }}
                        + {{ z * z / 2 }} / {{ count }}
                        + {{ side }}
                        * {{ z }}
                        * sqrt(
                            {{ rate }} * (1 - {{ rate }}) / {{ count }} + {{ z * z / 4 }} / {{ count }} / {{ count }}
                        )
                    )
                    / (1 + {{ z * z }} / {{ count }}),
                    0
                ),
                1
            )
    end
{%- endmacro %}
