with

    -- A reported market cap uses the reporter's own price. The supply does not depend on a price, so the market cap of
    -- an instant is the newest known supply times the reference price of that instant.
    reported as (

        select
            asset,
            event_at as supply_at,
            arg_min(source, priority) as supply_source,
            arg_min(supply_base, priority) as supply_base
        from
            (
                select *, case source when 'coinmetrics' then 1 when 'coingecko' then 2 else 3 end as priority
                from {{ ref("fct_circulating_supply") }}
                where source <> 'schedule' and supply_base is not null
            )
        group by asset, event_at

    ),

    scheduled as (

        select asset, event_at as supply_at, source as supply_source, supply_base
        from {{ ref("fct_circulating_supply") }}
        where source = 'schedule'

    ),

    -- Open interest with its reference price.
    levels as (

        select
            market.source,
            market.asset,
            market.timeframe,
            market.event_at,
            market.oi_base,
            market.oi_usd,
            market.suspended_oi_usd,
            reference.reference_price_usd
        from {{ ref("fct_market_open_interest") }} as market
        inner join
            {{ ref("fct_reference_price") }} as reference
            on market.source = reference.source
            and market.asset = reference.asset
            and market.event_at = reference.event_at
        where {{ changed("market.event_at") }} and {{ changed("reference.event_at") }}

    ),

    -- The schedule is used only where no source has reported a supply recently.
    supplied as (

        select
            levels.*,
            reported.supply_at is not null
            and levels.event_at - reported.supply_at
            <= to_hours({{ threshold("supply_maximum_age_hours") }}::integer) as is_reported,
            reported.supply_source as reported_source,
            reported.supply_base as reported_base,
            reported.supply_at as reported_at,
            scheduled.supply_source as scheduled_source,
            scheduled.supply_base as scheduled_base,
            scheduled.supply_at as scheduled_at
        from levels
        asof left join reported on levels.asset = reported.asset and levels.event_at >= reported.supply_at
        asof left join scheduled on levels.asset = scheduled.asset and levels.event_at >= scheduled.supply_at

    ),

    chosen as (

        select
            source,
            asset,
            timeframe,
            event_at,
            oi_base,
            oi_usd,
            suspended_oi_usd,
            reference_price_usd,
            case when is_reported then reported_source else scheduled_source end as supply_source,
            case when is_reported then reported_base else scheduled_base end as supply_base,
            case when is_reported then reported_at else scheduled_at end as supply_at
        from supplied

    ),

    ratios as (

        select
            *,
            (epoch(event_at) - epoch(supply_at)) / 3600 as supply_age_hours,
            supply_base * reference_price_usd as market_cap_usd,
            -- A suspended venue counts as a missing one: its glitch must not make a market extreme.
            (oi_usd - suspended_oi_usd) / nullif(supply_base * reference_price_usd, 0) as oi_to_market_cap_ratio
        from chosen
        where event_at - supply_at <= to_hours({{ threshold("supply_maximum_age_hours") }}::integer)

    ),

    year_and_now as (

        select source, asset, timeframe, event_at, oi_to_market_cap_ratio
        from ratios

        {% if is_incremental() %}
            union all

            -- In an incremental run this table already holds the year before.
            select source, asset, timeframe, event_at, oi_to_market_cap_ratio
            from {{ this }}
            where event_at < {{ recompute_from() }} and {{ changed("event_at", window="market_cap_percentile") }}
        {% endif %}

    ),

    ranked as (

        select
            source,
            asset,
            timeframe,
            event_at,
            count(*) over year_before as year_count,
            -- Number of bars of the year before whose ratio is below that of this bar.
            rank(order by oi_to_market_cap_ratio) over year_to_now - 1 as bars_below
        from year_and_now
        window
            year_before as (
                partition by source, asset, timeframe order by event_at {{ frame_before("market_cap_percentile") }}
            ),
            year_to_now as (
                partition by source, asset, timeframe order by event_at {{ frame_from("market_cap_percentile") }}
            )

    ),

    covered as (

        select *, {{ is_covered("market_cap_percentile", "year_count", timeframe_seconds("timeframe")) }} as is_covered
        from ranked

    )

select
    ratios.source,
    ratios.asset,
    ratios.timeframe,
    ratios.event_at,
    ratios.oi_base,
    ratios.oi_usd,
    ratios.supply_base,
    ratios.supply_source,
    ratios.supply_age_hours,
    ratios.market_cap_usd,
    ratios.oi_to_market_cap_ratio,
    case
        when covered.is_covered then covered.bars_below / covered.year_count
    end as oi_to_market_cap_percentile_365d_ratio,
    case when covered.is_covered then 'ok' else 'warmup' end as percentile_status,
    ratios.oi_to_market_cap_ratio > {{ threshold("oi_to_market_cap_extreme", asset="ratios.asset") }} as is_extreme
from ratios
inner join
    covered
    on ratios.source = covered.source
    and ratios.asset = covered.asset
    and ratios.timeframe = covered.timeframe
    and ratios.event_at = covered.event_at
