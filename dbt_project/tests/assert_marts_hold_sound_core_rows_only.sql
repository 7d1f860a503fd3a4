with

    series as (

        select source, venue, asset, symbol, event_at, measured_at, interval_seconds, oi_base, oi_usd
        from {{ tested(ref("fct_open_interest")) }}
        where not is_quarantined and coalesce(oi_base, oi_usd) is not null and native_timeframe is not null

        union all

        select source, venue, asset, asset as symbol, event_at, measured_at, interval_seconds, oi_base, oi_usd
        from {{ tested(ref("fct_venue_total_open_interest")) }}
        where not is_quarantined and coalesce(oi_base, oi_usd) is not null and native_timeframe is not null

    ),

    last_values as (

        select
            source,
            venue,
            asset,
            {{ bar_end("event_at", 86400) }} as event_at,
            arg_max_null(oi_base, event_at) as oi_base,
            arg_max_null(oi_usd, event_at) as oi_usd
        from series
        where {{ bar_end("event_at", 86400) }} <= {{ level_valid_until("measured_at", "interval_seconds") }}
        group by source, venue, asset, symbol, {{ bar_end("event_at", 86400) }}

    ),

    expected as (

        select source, venue, asset, event_at, sum(oi_base) as oi_base, sum(oi_usd) as oi_usd
        from last_values
        -- A day whose end was not observed yet has no row in the marts.
        where event_at <= {{ last_observed() }}
        group by source, venue, asset, event_at

    ),

    counted as (

        select source, venue, asset, event_at, oi_base, oi_usd
        from {{ tested(ref("fct_venue_share")) }}
        where timeframe = '1d'

    )

select
    coalesce(counted.source, expected.source) as source,
    coalesce(counted.venue, expected.venue) as venue,
    coalesce(counted.asset, expected.asset) as asset,
    coalesce(counted.event_at, expected.event_at) as event_at,
    counted.oi_base as counted_oi_base,
    expected.oi_base as expected_oi_base,
    counted.oi_usd as counted_oi_usd,
    expected.oi_usd as expected_oi_usd
from counted
full join
    expected
    on counted.source = expected.source
    and counted.venue = expected.venue
    and counted.asset = expected.asset
    and counted.event_at = expected.event_at
where
    counted.source is null or expected.source is null
    {% for unit in ["base", "usd"] %}
        or (counted.oi_{{ unit }} is null) <> (expected.oi_{{ unit }} is null)
        or abs(counted.oi_{{ unit }} - expected.oi_{{ unit }})
        > {{ threshold_literal("sum_rounding") }} * expected.oi_{{ unit }}
    {% endfor %}
