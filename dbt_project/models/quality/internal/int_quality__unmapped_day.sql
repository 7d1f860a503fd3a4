-- One row per series and day of open interest that no venue name, instrument or methodology rule maps, with the reason.
-- Rules change only at midnight, so a whole day of a series is either mapped or unmapped.
with

    series_days as (

        select
            source,
            collector,
            scope,
            venue_native,
            venue,
            symbol,
            native_field,
            native_unit,
            {{ bar_end("event_at", 86400) }} as event_at,
            min(event_at) as first_event_at,
            max(event_at) as last_event_at,
            count(*) as row_count
        from {{ ref("stg_open_interest") }}
        where scope in ('instrument', 'venue_total') and {{ changed("event_at", window="rounding") }}
        group by
            source,
            collector,
            scope,
            venue_native,
            venue,
            symbol,
            native_field,
            native_unit,
            {{ bar_end("event_at", 86400) }}

    ),

    -- The asset and the settlement of each series, where they are known.
    matched as (

        select
            series_days.*,
            coalesce(instrument.asset, symbol_multiplier.asset) as asset,
            coalesce(instrument.settlement, case when series_days.scope = 'venue_total' then 'mixed' end) as settlement
        from series_days
        left join
            {{ instrument_at("series_days", instant="series_days.first_event_at") }}
            and series_days.scope = 'instrument'
        left join
            {{ ref("symbol_multiplier") }} as symbol_multiplier
            on series_days.scope = 'venue_total'
            and series_days.symbol = symbol_multiplier.symbol_native

    ),

    -- The first fact that is unknown about a series.
    reasoned as (

        select
            matched.*,
            case
                when matched.venue is null
                then 'unknown_venue'
                when matched.asset is null and matched.scope = 'instrument'
                then 'unknown_instrument'
                when matched.asset is null
                then 'unknown_asset'
                when methodology.methodology_id is null
                then 'no_methodology'
            end as reason
        from matched
        left join
            {{ ref("dim_oi_methodology") }} as methodology
            on matched.source = methodology.source
            and matched.scope = methodology.scope
            and matched.venue = methodology.venue
            and matched.settlement = methodology.settlement
            and matched.native_field = methodology.native_field
            and matched.native_unit = methodology.native_unit
            and matched.first_event_at >= methodology.valid_from
            and matched.first_event_at < methodology.valid_to

    )

select
    source,
    collector,
    scope,
    venue_native,
    symbol,
    native_field,
    native_unit,
    event_at,
    reason,
    first_event_at,
    last_event_at,
    row_count
from reasoned
where reason is not null and {{ changed("event_at") }}
