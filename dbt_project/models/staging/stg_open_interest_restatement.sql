-- One row per open-interest value that was observed more than once with different values.
with

observations as (

    select
        *,
        row_number() over (
            partition by source, collector, scope, venue_native, symbol, stamped_at, native_field
            order by observed_at, load_sequence
        ) as observation_number,
        count(*) over (
            partition by source, collector, scope, venue_native, symbol, stamped_at, native_field
        ) as observation_count
    from {{ source("raw", "open_interest") }}
    where {{ changed("stamped_at", lookback_days=2) }}

)

select
    source,
    collector,
    scope,
    venue_native,
    symbol,
    native_field,
    stamped_at as event_at,
    max(observation_count) as observation_count,
    max(case when observation_number = 1 then oi_native end) as first_oi_native,
    max(case when observation_number = observation_count then oi_native end) as newest_oi_native,
    min(observed_at) as first_observed_at,
    max(observed_at) as newest_observed_at
from observations
where observation_count > 1 and {{ changed("stamped_at") }}
group by source, collector, scope, venue_native, symbol, native_field, stamped_at
having min(oi_native) <> max(oi_native)
