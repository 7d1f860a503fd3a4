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
  is useful even for 3 of 3. At rates of 0 and 1 one end is exactly 0 or 1, without a rounding error that a comparison
  with a base rate of 0 would take for a difference.
-#}
{% macro wilson_bound(rate, count, side) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set limit = 0 if side < 0 else 1 -%}
    case
        when {{ count }} > 0 and {{ rate }} = {{ limit }}
        then {{ limit }}
        when {{ count }} > 0
        then
            (
                {{ rate }}
                + {{ z * z / 2 }} / {{ count }}
                + {{ side }}
                * {{ z }}
                * sqrt({{ rate }} * (1 - {{ rate }}) / {{ count }} + {{ z * z / 4 }} / {{ count }} / {{ count }})
            )
            / (1 + {{ z * z }} / {{ count }})
    end
{%- endmacro %}

{#-
  The decile of the current volatility of a bar (a row of `fct_bar_outcome`) among all bars of its source, asset and
  timeframe, NULL where it is unknown. Bars of one decile are the comparison that shows whether a signal says more than
  the volatility. The deciles use the whole history, so only retrospective tables may use them.
-#}
{% macro volatility_decile() -%}
    case
        when trailing_volatility_to_median_ratio is not null
        then
            ntile({{ threshold_literal("volatility_bucket_count") }}) over (
                partition by source, asset, timeframe, horizon_hours, trailing_volatility_to_median_ratio is null
                order by trailing_volatility_to_median_ratio, event_at
            )
    end
{%- endmacro %}

{#-
  Whether the data support a signal or a claim: the whole interval of its rate, from `low` on, lies above the base rate
  and above the rate that the current volatility alone lets expect.
-#}
{% macro is_above_both(low) -%} {{ low }} > base_rate_ratio and {{ low }} > expected_rate_ratio {%- endmacro %}
