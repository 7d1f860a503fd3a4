{{ config(materialized="view") }}
{#- A signal is open until its longest outcome is known. -#}
{%- set open_hours = outcome_horizons() | max -%}
with

    newest_price as (

        select source, asset, max(event_at) as last_price_at
        from {{ ref("fct_reference_price") }}
        group by source, asset

    ),

    open_signals as (

        select
            signal.signal_id,
            signal.source,
            signal.asset,
            signal.venue,
            signal.timeframe,
            signal.signal,
            signal.event_at,
            signal.direction,
            signal.strength,
            signal.stop_price_usd,
            signal.parameters_version,
            newest_price.last_price_at
        from {{ ref("fct_signal_newest_version") }} as signal
        inner join newest_price on signal.source = newest_price.source and signal.asset = newest_price.asset
        where
            signal.direction in ('long', 'short')
            -- A late signal was not known at its bar, so nobody could trade at that bar's price.
            and not signal.is_late
            and signal.event_at > newest_price.last_price_at - to_hours({{ open_hours }})

    ),

    recent_prices as (

        select price.source, price.asset, price.event_at, price.reference_price_usd
        from {{ ref("fct_reference_price") }} as price
        inner join newest_price on price.source = newest_price.source and price.asset = newest_price.asset
        where price.event_at > newest_price.last_price_at - to_hours({{ open_hours }})

    ),

    -- Entry, last, lowest and highest price of each signal since its bar.
    paths as (

        select
            signal.signal_id,
            max(price.reference_price_usd) filter (where price.event_at = signal.event_at) as entry_price_usd,
            max(price.reference_price_usd) filter (where price.event_at = signal.last_price_at) as last_price_usd,
            min(price.reference_price_usd) as lowest_price_usd,
            max(price.reference_price_usd) as highest_price_usd
        from open_signals as signal
        inner join
            recent_prices as price
            on signal.source = price.source
            and signal.asset = price.asset
            and price.event_at >= signal.event_at
        group by signal.signal_id

    ),

    stops as (

        select
            signal.*,
            path.entry_price_usd,
            path.last_price_usd,
            path.lowest_price_usd,
            path.highest_price_usd,
            case when signal.stop_price_usd is not null then 'signal' else 'default' end as stop_basis,
            coalesce(
                signal.stop_price_usd,
                path.entry_price_usd * case
                    signal.direction
                    when 'long'
                    then 1 - {{ threshold("trade_plan_stop_move") }}
                    else 1 + {{ threshold("trade_plan_stop_move") }}
                end
            ) as plan_stop_price_usd,
            {{ threshold("maintenance_margin_ratio") }} as maintenance_margin_ratio
        from open_signals as signal
        left join paths as path on signal.signal_id = path.signal_id

    ),

    -- The gain, whether the price has reached the stop, and the price for the size.
    judged as (

        select
            *,
            case
                direction
                when 'long'
                then last_price_usd / entry_price_usd - 1
                else 1 - last_price_usd / entry_price_usd
            end as gain_ratio,
            case
                direction
                when 'long'
                then lowest_price_usd <= plan_stop_price_usd
                else highest_price_usd >= plan_stop_price_usd
            end as is_stopped,
            -- A trader who enters now pays the last price; one who entered at the signal paid the price of that bar.
            -- The size uses the price that is further from the stop, so the loss at the stop is within the cap for
            -- both.
            case
                when entry_price_usd is null
                then null
                when direction = 'long'
                then greatest(entry_price_usd, last_price_usd)
                else least(entry_price_usd, last_price_usd)
            end as sizing_price_usd
        from stops

    ),

    planned as (

        select
            *,
            case
                when entry_price_usd is null
                then null
                when is_stopped
                then 'closed'
                -- A second signal of the same direction would add to the losing position of the first one.
                when bool_or(gain_ratio < 0 and not is_stopped) over (partition by source, asset, direction)
                then 'hold_no_add'
                else 'enter'
            end as action
        from judged

    )

select
    signal_id,
    source,
    asset,
    venue,
    timeframe,
    signal,
    direction,
    strength,
    parameters_version,
    event_at,
    event_at + to_hours({{ open_hours }}) as expires_at,
    entry_price_usd,
    last_price_at,
    last_price_usd,
    gain_ratio,
    gain_ratio < 0 as is_losing,
    action,
    plan_stop_price_usd as stop_price_usd,
    stop_basis,
    case direction when 'long' then 'price at or below ' else 'price at or above ' end
    || format('{:.8g}', plan_stop_price_usd)
    || ' USD' as invalidation,
    sizing_price_usd,
    {% for percent in trade_plan_risks_percent() %}
        case
            when action in ('enter', 'hold_no_add')
            then
                risk.position_size(
                    {{ threshold_literal("trade_plan_capital_usd") }},
                    sizing_price_usd,
                    plan_stop_price_usd,
                    {{ percent / 100 }}
                )
        end as size_{{ percent }}pct_base_per_10k_usd,
    {% endfor %}
    {% for leverage in trade_plan_leverages() %}
        case
            when action in ('enter', 'hold_no_add')
            then risk.liquidation_price(sizing_price_usd, {{ leverage }}, direction, maintenance_margin_ratio)
        end as liquidation_{{ leverage }}x_price_usd,
    {% endfor %}
    case
        when action in ('enter', 'hold_no_add')
        then risk.max_leverage_for_stop(sizing_price_usd, plan_stop_price_usd, direction, maintenance_margin_ratio)
    end as max_leverage,
    case when entry_price_usd is null then 'missing_input' else 'ok' end as plan_status
from planned
