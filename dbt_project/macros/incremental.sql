{#-
  Incremental builds recompute everything from the earliest instant that a newly loaded row can touch.

  No model looks ahead, so a row that was known at T depends only on input up to T: rows that were known before that
  instant cannot have changed, and recomputing all later ones makes an incremental build equal a full refresh, also for
  late and restated data (docs/decisions/0003-recompute-from-the-earliest-change.md).
-#}
{#-
  The earliest instant that may change, as a SQL literal. `oiw build` works it out once a run (warehouse/build.py) and
  hands it over; without it everything is recomputed, which is slow and never wrong. It is read at run time only: a
  variable that is read while parsing makes dbt parse the project again whenever it changes.
-#}
{% macro recompute_from() -%}
    timestamp '{{ env_var("OIW_RECOMPUTE_FROM", "1900-01-01") if execute else "1900-01-01" }}'
{%- endmacro %}

{#-
  A condition that keeps, in an incremental run, only rows at or after the recomputed instant, and with a `window` also
  the earlier rows that decide what the window says from that instant on.
-#}
{% macro changed(column, window=none) -%}
    {%- if is_incremental() -%}
        {{ column }} >= {{ recompute_from() }}
        {%- if window %} - interval {{ window_lookback_days(window) }} day{% endif -%}
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{#-
  The column that says when a row could first be known, of the columns of a model: an outcome has `known_at`, the end of its
  horizon, since its bar (`event_at`) lies before; any other row is known at its `event_at`.
-#}
{% macro known_at_column(columns) -%} {{ return("known_at" if "known_at" in columns else "event_at") }} {%- endmacro %}

{#- The incremental strategy behind it: replace all rows that were known at that instant or later. -#}
{% macro get_incremental_replace_from_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    {%- set known_at = known_at_column(arg_dict["dest_columns"] | map(attribute="name") | list) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ known_at }} >= {{ recompute_from() }}
    ;
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{%- endmacro %}

{#- The last instant that anybody has looked at: a bar that ends later is still open, and an open bar is no fact. -#}
{% macro last_observed() -%}
    coalesce((select max(observed_at) from {{ source("ops", "load_batch") }}), timestamp '9999-01-01')
{%- endmacro %}
