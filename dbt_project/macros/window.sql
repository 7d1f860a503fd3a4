{#-
  Windows by name. The seed `window` says how many days each window spans, and on which other window its values are
  built. Frames, minimum counts and the lookback of an increment all come from that row
  (docs/decisions/0021-windows-by-name.md).
-#}
{#- The days that the window spans. -#}
{% macro window_days(window) -%} {{ return(window_row(window).days | int) }} {%- endmacro %}

{#- The seconds that the window spans. -#}
{% macro window_seconds(window) -%} {{ return(window_days(window) * 86400) }} {%- endmacro %}

{#- The number of bars of `bar_seconds` (a number) in the window when none is missing. -#}
{% macro window_bars(window, bar_seconds) -%} {{ return(window_seconds(window) // bar_seconds) }} {%- endmacro %}

{#-
  Days of rows before an instant that the value of the window needs: its own days, plus those of the window on which its
  values are built.
-#}
{% macro window_lookback_days(window) -%}
    {%- set row = window_row(window) -%}
    {{ return((row.days | int) + (window_lookback_days(row.built_on) if row.built_on else 0)) }}
{%- endmacro %}

{#- Whether `count` bars of `bar_seconds` (SQL expressions) are enough of the window for its statistics. -#}
{% macro is_covered(window, count, bar_seconds) -%}
    {{ count }} * {{ bar_seconds }} >= {{ threshold("minimum_window_coverage") }} * {{ window_seconds(window) }}
{%- endmacro %}

{#-
  Frames over time, for a window that is ordered by an instant T. frame_before: from T - window (included) to just
  before T. frame_from: from T - window (included) to T. frame_within: from just after T - window to T. frame_ago: the
  instant T - window alone. "Just" means one second, because bars end on full minutes.
-#}
{% macro frame_before(window) -%}
    range between interval {{ window_days(window) }} day preceding and interval 1 second preceding
{%- endmacro %}

{% macro frame_from(window) -%}
    range between interval {{ window_days(window) }} day preceding and current row
{%- endmacro %}

{% macro frame_within(window) -%}
    range between interval {{ window_seconds(window) - 1 }} second preceding and current row
{%- endmacro %}

{% macro frame_ago(window) -%}
    range between interval {{ window_days(window) }} day preceding and interval {{ window_days(window) }} day preceding
{%- endmacro %}

{#-
  Frames over the rows of a regular grid of `bar_seconds` (grid.sql): the window before the bar, or up to and including
  it.
-#}
{% macro grid_before(window, bar_seconds) -%}
    rows between {{ window_bars(window, bar_seconds) }} preceding and 1 preceding
{%- endmacro %}

{% macro grid_to_now(window, bar_seconds) -%}
    rows between {{ window_bars(window, bar_seconds) - 1 }} preceding and current row
{%- endmacro %}

{#- How many rows of the frame `frame` have a value. It adds ones, because a framed count costs twice as much. -#}
{% macro framed_count(value, frame) -%}
    coalesce(sum(({{ value }} is not null)::double) over {{ frame }}, 0)
{%- endmacro %}

{#-
  The days on which a state that is computed once a day is in force, one row per day, as the midnight at which the day
  begins: from the midnight of the state to the next midnight that has one, at most the days of the window.
-#}
{% macro window_in_force(window, midnight, next_midnight) -%}
    unnest(
        generate_series(
            {{ midnight }},
            least({{ next_midnight }} - interval 1 day, {{ midnight }} + interval {{ window_days(window) - 1 }} day),
            interval 1 day
        )
    )
{%- endmacro %}

{#-
  The row of the seed, or an error that names the window. During parsing, when no file is read yet, a row of one day.
-#}
{% macro window_row(window) -%}
    {%- if not execute -%} {{ return({"days": 1, "built_on": none}) }} {%- endif -%}
    {%- for row in seed_rows("window") if row.window_name == window -%} {{ return(row) }} {%- endfor -%}
    {{
        exceptions.raise_compiler_error(
            "window '" ~ window ~ "' is no row of seeds/window.csv; add it, or correct the name"
        )
    }}
{%- endmacro %}
