{{ config(materialized="incremental", incremental_strategy="append_new", full_refresh=false) }}

with

    started as (select * from {{ ref("int_signal__started") }} where {{ changed("event_at") }}),

    -- The newest bar of each signal that a build evaluated longer ago than the allowance.
    evaluated as (

        select source, asset, timeframe, signal, parameters_version, max(evaluated_to) as evaluated_to
        from {{ source("ops", "signal_watch") }}
        where observed_at < {{ last_observed() }} - interval {{ threshold_literal("signal_late_minutes") }} minute
        group by source, asset, timeframe, signal, parameters_version

    )

select
    started.signal_id,
    started.source,
    started.asset,
    started.venue,
    started.timeframe,
    started.signal,
    started.event_at,
    started.direction,
    started.strength,
    started.stop_price_usd,
    started.evidence,
    started.parameters_version,
    started.escalates,
    {{ last_observed() }} as recorded_at,
    coalesce(started.event_at <= evaluated.evaluated_to, false) as is_late
from started
left join
    evaluated
    on started.source = evaluated.source
    and started.asset = evaluated.asset
    and started.timeframe = evaluated.timeframe
    and started.signal = evaluated.signal
    and started.parameters_version = evaluated.parameters_version
