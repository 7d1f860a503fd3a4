{#- Signals: the shape of the rows that a model of conditions returns, and how the ledger is written. -#}
{#-
  The versions of the parameters of a signal that are in use, one row per version and timeframe. SQL reads a number as
  `parameters['name']`.
-#}
{% macro parameters_of(signal) -%}
    (
        select timeframe, signal, parameters_version, direction, cooldown_hours, escalation_ratio, parameters
        from {{ ref("signal_parameters") }}
        where signal = '{{ signal }}' and is_active
    )
{%- endmacro %}

{#-
  The bars of several signals as rows of one shape. Each of `names` is a CTE of the bars on which that signal holds,
  with the columns of `parameters_of`, `strength` and `evidence`. `venue` and `stop` name the columns of the venue and
  of the stop price where the signals have them.
-#}
{% macro signals(names, venue="null", stop="null") -%}
    {%- for name in names %}
        select
            source,
            asset,
            {{ venue }}::varchar as venue,
            timeframe,
            event_at,
            signal,
            parameters_version,
            direction,
            cooldown_hours,
            escalation_ratio,
            strength::double as strength,
            {{ stop }}::double as stop_price_usd,
            evidence
        from {{ name }}
        {%- if not loop.last %}

            union all
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#-
  The inputs of a condition as JSON with six digits. The last digits of a number depend on where a build began, and the
  ledger compares text.
-#}
{% macro evidence(columns) -%}
    '{' || concat_ws(
        ', '
        {%- for column in columns %}
            , '"{{ column }}": ' || coalesce(format('{:.6g}', {{ column }}::double), 'null')
        {%- endfor %}
    )
    || '}'
{%- endmacro %}

{#- The incremental strategy `append_new`: insert rows with a new `signal_id`; never change an existing row. -#}
{% macro get_incremental_append_new_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
    where signal_id not in (select signal_id from {{ arg_dict["target_relation"] }});
{%- endmacro %}

{#- The incremental strategy `keep_final`: replace the rows that are not final; never change a final row. -#}
{% macro get_incremental_keep_final_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ arg_dict["target_relation"] }}
    where outcome_status <> 'final'
    ;
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{%- endmacro %}
