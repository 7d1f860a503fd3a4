{{ config(materialized="view") }}
-- A new version of one signal leaves the rows of the others in use.
select
    signal_id,
    source,
    asset,
    venue,
    timeframe,
    signal,
    event_at,
    direction,
    strength,
    stop_price_usd,
    evidence,
    parameters_version,
    escalates,
    recorded_at,
    is_late
from {{ ref("fct_signal") }}
qualify parameters_version = max(parameters_version) over (partition by signal, timeframe)
