{#-
  Incremental builds recompute everything from the earliest instant that a newly loaded row can change.

  No model looks ahead, so a row that was known at T depends only on input up to T. Rows known before that instant
  cannot have changed. Recomputing all later rows therefore makes an incremental build equal to a full refresh, also for
  late and restated data (docs/decisions/0003-recompute-from-the-earliest-change.md).
-#}
{#-
  The earliest instant that may change, as a SQL literal. `oiw build` computes it once a run (warehouse/build.py) and
  passes it in an environment variable. Without the variable everything is recomputed, which is slow and always right.
  The macro reads the variable only at run time, because a variable read during parsing makes dbt parse the project
  again whenever it changes.
-#}
{% macro recompute_from() -%}
    timestamp '{{ env_var("OIW_RECOMPUTE_FROM", "1900-01-01") if execute else "1900-01-01" }}'
{%- endmacro %}

{#-
  A condition that keeps, in an incremental run, only rows from the recomputed instant on. With a `window` it also keeps
  the earlier rows that this window needs.
-#}
{% macro changed(column, window=none) -%}
    {%- if is_incremental() -%}
        {{ column }} >= {{ recompute_from() }}
        {%- if window %} - interval {{ window_lookback_days(window) }} day{% endif -%}
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{#-
  The column that says when a row could first be known. An outcome is known at the end of its horizon (`known_at`),
  after its bar (`event_at`). Any other row is known at its `event_at`.
-#}
{% macro known_at_column(columns) -%} {{ return("known_at" if "known_at" in columns else "event_at") }} {%- endmacro %}

{#- The incremental strategy `replace_from`: replace all rows that were known at the recomputed instant or later. -#}
{% macro get_incremental_replace_from_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    {%- set known_at = known_at_column(arg_dict["dest_columns"] | map(attribute="name") | list) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ known_at }} >= {{ recompute_from() }}
    ;
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{%- endmacro %}

{#- The newest instant that any collector observed. A bar that ends later is still open, and models leave it out. -#}
{% macro last_observed() -%}
    coalesce((select max(observed_at) from {{ source("ops", "load_batch") }}), timestamp '9999-01-01')
{%- endmacro %}
