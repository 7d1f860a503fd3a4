{#-
  Incremental builds recompute everything from the earliest instant that a newly loaded row can touch.

  No model looks ahead, so a row with event_at = T depends only on input up to T: rows before that instant cannot
  have changed, and recomputing all later ones makes an incremental build equal a full refresh, also for late and
  restated data (docs/decisions/0003-recompute-from-the-earliest-change.md).
-#}

{#-
  The earliest instant that may change, as a SQL literal: the earliest time label among the rows loaded since the last
  completed build, or that build's horizon, since bars that were still open then are complete now. To the minute, since
  a settlement with a few milliseconds of jitter is moved back to its minute.
-#}
{% macro recompute_from() -%}
    {%- set change -%}
        with watermark as (
            select coalesce(max(load_sequence), 0) as load_sequence from {{ source('ops', 'build') }}
        ),
        changed as (
            {% for table in raw_tables() %}
            select min(stamped_at) as stamped_at from {{ source('raw', table) }}
            where load_sequence > (select load_sequence from watermark)
            {% if not loop.last %}union all{% endif %}
            {% endfor %}
        )
        select date_trunc('minute', least(
            coalesce((select min(stamped_at) from changed), timestamp '9999-01-01'),
            coalesce(
                (
                    select max(observed_at) from {{ source('ops', 'load_batch') }}
                    where load_sequence <= (select load_sequence from watermark)
                ),
                timestamp '1900-01-01'
            )
        ))
    {%- endset -%}
    {%- if execute -%}
        timestamp '{{ run_query(change).columns[0].values()[0] }}'
    {%- else -%}
        timestamp '1900-01-01'
    {%- endif -%}
{%- endmacro %}

{% macro raw_tables() -%}
    {{ return(["open_interest", "candle", "funding_rate", "liquidation", "long_short_ratio", "circulating_supply"]) }}
{%- endmacro %}

{#- A condition that keeps, in an incremental run, only rows at or after the recomputed instant less a lookback. -#}
{% macro changed(column, lookback_days=0) -%}
    {%- if is_incremental() -%}
        {{ column }} >= {{ recompute_from() }} - interval {{ lookback_days }} day
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- The incremental strategy behind it: replace all rows from that instant on. -#}
{% macro get_incremental_replace_from_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ arg_dict["target_relation"] }} where event_at >= {{ recompute_from() }};
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{%- endmacro %}

{#- The last instant that anybody has looked at: a bar that ends later is still open, and an open bar is no fact. -#}
{% macro horizon() -%}
    coalesce((select max(observed_at) from {{ source('ops', 'load_batch') }}), timestamp '9999-01-01')
{%- endmacro %}
