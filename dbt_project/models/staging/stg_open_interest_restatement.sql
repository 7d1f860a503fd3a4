-- One row per open-interest value that was observed more than once with different values.
with

    -- Few values are observed twice, and staging has already counted the observations of each key.
    observed_again as (

        select source, collector, scope, venue_native, symbol, stamped_at, native_field
        from {{ ref("stg_open_interest") }}
        where observation_count > 1 and {{ changed("event_at") }}

    ),

    observations as (

        select raw.*, row_number() over observed as observation_number, count(*) over same_value as observation_count
        from {{ source("raw", "open_interest") }} as raw
        inner join
            observed_again
            on raw.source = observed_again.source
            and raw.collector = observed_again.collector
            and raw.scope = observed_again.scope
            and raw.venue_native is not distinct from observed_again.venue_native
            and raw.symbol = observed_again.symbol
            and raw.stamped_at = observed_again.stamped_at
            and raw.native_field = observed_again.native_field
        window
            same_value as (
                partition by
                    raw.source, raw.collector, raw.scope, raw.venue_native, raw.symbol, raw.stamped_at, raw.native_field
            ),
            observed as (
                partition by
                    raw.source, raw.collector, raw.scope, raw.venue_native, raw.symbol, raw.stamped_at, raw.native_field
                order by raw.observed_at, raw.load_sequence
            )

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
where {{ changed("stamped_at") }}
group by source, collector, scope, venue_native, symbol, native_field, stamped_at
having min(oi_native) <> max(oi_native)
