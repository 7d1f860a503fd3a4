{{ config(materialized="incremental", incremental_strategy="replace_from") }}

with

    -- On some venues settlement times vary by milliseconds, so the minute identifies the settlement.
    rates as (

        select
            funding.source,
            funding.source_mode,
            funding.collector,
            funding.venue,
            funding.symbol,
            instrument.asset,
            date_trunc('minute', funding.event_at) as event_at,
            funding.observed_at,
            funding.is_settled,
            funding.funding_interval_hours,
            case
                funding.native_unit when 'percent' then funding.rate_native / 100 else funding.rate_native
            end as rate_ratio,
            row_number() over (
                partition by
                    funding.source,
                    funding.venue,
                    funding.symbol,
                    funding.is_settled,
                    date_trunc('minute', funding.event_at)
                order by funding.observed_at desc, funding.collector
            ) as observation_rank
        from {{ ref("stg_funding_rate") }} as funding
        inner join {{ instrument_at("funding") }}
        where
            funding.scope = 'instrument'
            and funding.rate_native is not null
            and {{ changed("funding.event_at", window="funding_interval") }}

    ),

    -- Each rate with the hours since the rate before it.
    spaced as (

        select
            *,
            (
                epoch(event_at)
                - epoch(lag(event_at) over (partition by source, venue, symbol, is_settled order by event_at))
            )
            / 3600 as hours_since_last
        from rates
        where observation_rank = 1

    ),

    -- A hole in the source looks like a longer interval, so the shortest spacing of the last day is the interval.
    -- Venues settle every 1, 2, 4, 6 or 8 hours; any other spacing comes from a misplaced row.
    intervals as (

        select
            *,
            coalesce(
                funding_interval_hours,
                case
                    when is_settled
                    then
                        min(case when hours_since_last in (1, 2, 4, 6, 8) then hours_since_last end) over (
                            partition by source, venue, symbol, is_settled
                            order by event_at {{ frame_from("funding_interval") }}
                        )
                end
            ) as interval_hours
        from spaced

    )

select
    source,
    source_mode,
    collector,
    venue,
    symbol,
    asset,
    event_at,
    observed_at,
    is_settled,
    rate_ratio,
    interval_hours,
    rate_ratio * 8 / nullif(interval_hours, 0) as rate_8h_ratio,
    -- A year of 365 days has 8,760 hours.
    rate_ratio * 8760 / nullif(interval_hours, 0) as rate_annualized_ratio
from intervals
where {{ changed("event_at") }}
