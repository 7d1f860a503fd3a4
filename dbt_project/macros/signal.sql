{#-
  Signals: what a model of conditions says of each bar on which one holds, and how the ledger is written.
-#}

{#-
  The bars of `relation` on which `condition` holds, by each version of the signal's parameters for the bar's timeframe:
  in the condition, `strength` and `stop` they are `parameters['name']`.
-#}
{% macro signal_bars(signal, relation, condition, strength, inputs, venue="null", stop="null") %}
    select
        bar.source,
        bar.asset,
        {{ venue }}::varchar as venue,
        bar.timeframe,
        bar.event_at,
        '{{ signal }}' as signal,
        parameter.parameters_version,
        parameter.direction,
        parameter.cooldown_hours,
        ({{ strength }})::double as strength,
        {{ stop }}::double as stop_price_usd,
        {{ evidence(inputs) }} as evidence
    from {{ relation }} as bar
    inner join {{ ref("signal_parameters") }} as parameter
        on bar.timeframe = parameter.timeframe
    where parameter.signal = '{{ signal }}' and parameter.is_active and {{ condition }}
{% endmacro %}

{#-
  JSON of the inputs of a condition. To six digits: how numbers round in their last ones depends on where a build
  began, and a ledger is text.
-#}
{% macro evidence(columns) -%}
    '{'
    || concat_ws(
        ', '
        {%- for column in columns %},
        '"{{ column }}": ' || coalesce(format('{:.6g}', {{ column }}::double), 'null')
        {%- endfor %}
    )
    || '}'
{%- endmacro %}

{#- The newest version of the signals' parameters. -#}
{% macro newest_parameters_version() -%}
    (select max(parameters_version) from {{ ref("signal_parameters") }})
{%- endmacro %}

{#- Add what is new, by its id; what stands is never touched. -#}
{% macro get_incremental_append_new_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
    where signal_id not in (select signal_id from {{ arg_dict["target_relation"] }});
{%- endmacro %}

{#- Replace what is not final yet; what is final is never touched. -#}
{% macro get_incremental_keep_final_sql(arg_dict) -%}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ arg_dict["target_relation"] }} where outcome_status <> 'final';
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{%- endmacro %}
