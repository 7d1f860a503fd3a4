-- One row per source, asset, venue, leg, timeframe and bar of a market that has dated contracts. A leg is the
-- contracts of one expiry, or all perpetual contracts (expiry NULL). The two sums of the growth are over the
-- contracts that were present a bar ago under one methodology (chain-linking). They count contracts, and a glitch of
-- the venue withholds the growth, as in `fct_venue_open_interest`.
with

    contracts as (

        select
            oi.source,
            oi.asset,
            oi.venue,
            oi.symbol,
            oi.methodology_id,
            case when oi.market_type = 'dated' then instrument.expiry_at end as expiry_at,
            oi.event_at,
            oi.measured_at,
            oi.native_timeframe,
            oi.interval_seconds,
            oi.is_15m_grain,
            oi.is_4h_grain,
            oi.oi_base,
            oi.oi_quantity
        from {{ ref("fct_open_interest") }} as oi
        inner join {{ instrument_at("oi") }}
        where
            not oi.is_quarantined
            and oi.oi_base is not null
            and (oi.market_type = 'perpetual' or instrument.expiry_at is not null)
            -- Markets without a dated contract have no legs; leaving them out saves time.
            and (oi.venue, instrument.asset)
            in (select (venue, asset) from {{ ref("dim_instrument") }} where market_type = 'dated')
            and {{ changed("oi.event_at", window="bar") }}

    ),

    {% for timeframe in timeframes() %}
        bars_{{ timeframe.name }} as (

            select
                source,
                asset,
                venue,
                symbol,
                expiry_at,
                '{{ timeframe.name }}' as timeframe,
                {{ timeframe.seconds }} as bar_seconds,
                {{ bar_end("event_at", timeframe.seconds) }} as event_at,
                arg_max(methodology_id, event_at) as methodology_id,
                arg_max(oi_base, event_at) as oi_base,
                arg_max_null(oi_quantity, event_at) as oi_quantity
            from contracts
            where {{ is_level_of(timeframe) }}
            group by source, asset, venue, symbol, expiry_at, {{ bar_end("event_at", timeframe.seconds) }}

        ),
    {% endfor %}

    bars as (

        {% for timeframe in timeframes() %}
            select
                source,
                asset,
                venue,
                symbol,
                expiry_at,
                timeframe,
                bar_seconds,
                event_at,
                methodology_id,
                oi_base,
                oi_quantity
            from bars_{{ timeframe.name }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}

    ),

    -- Each contract beside its value one bar before.
    linked as (

        select
            *,
            case
                when lag(event_at) over series = event_at - to_seconds(bar_seconds) then lag(oi_base) over series
            end as previous_base,
            case
                when lag(event_at) over series = event_at - to_seconds(bar_seconds) then {{ linked_base("series") }}
            end as linked_base
        from bars
        window series as (partition by source, venue, symbol, timeframe, methodology_id order by event_at)

    ),

    legs as (

        select
            source,
            asset,
            venue,
            expiry_at,
            timeframe,
            event_at,
            sum(oi_base) as oi_base,
            sum(linked_base) / nullif(sum(case when linked_base is not null then previous_base end), 0)
            - 1 as oi_growth_ratio
        from linked
        where
            event_at <= {{ last_observed() }}
            -- The day on which a contract expires has a last value of it, although the contract no longer exists.
            and coalesce(event_at < expiry_at, true)
            and {{ changed("event_at") }}
        group by source, asset, venue, expiry_at, timeframe, event_at

    )

select
    legs.source,
    legs.asset,
    legs.venue,
    legs.expiry_at,
    legs.timeframe,
    legs.event_at,
    legs.oi_base,
    case when suspended.event_at is null then legs.oi_growth_ratio end as oi_growth_ratio
from legs
left join
    {{ ref("fct_venue_open_interest") }} as suspended
    on legs.source = suspended.source
    and legs.asset = suspended.asset
    and legs.venue = suspended.venue
    and legs.timeframe = suspended.timeframe
    and legs.event_at = suspended.event_at
    and suspended.suspended_growth_ratio is not null
