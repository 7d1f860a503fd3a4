{#- Statistics of events: the number of independent occurrences, and the interval of a rate. -#}
{#-
  An aggregate: the number of occurrences whose horizons do not overlap. After one is counted, the next one counted
  begins when its horizon has ended or later. Overlapping horizons share their future, so together they are one piece of
  evidence. `is_known` excludes occurrences without an outcome.
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
  One end of the Wilson 95 % interval of a rate over `count` occurrences (E. B. Wilson, 1927): `side` is -1 for the
  lower end and 1 for the upper end. NULL without occurrences. Unlike the normal interval it stays within 0 to 1, and it
  is useful even for 3 of 3. At rates of 0 and 1 an end is exactly 0 or 1; least() and greatest() remove the rounding
  error there.
-#}
{% macro wilson_bound(rate, count, side) -%}
    {%- set z = 1.959963984540054 -%}
    case
        when {{ count }} > 0
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
