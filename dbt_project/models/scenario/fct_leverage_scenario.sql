with

    scenarios as (

        select
            market.source,
            market.asset,
            market.timeframe,
            market.event_at,
            market.oi_usd,
            leverage.leverage,
            -- Solves 1 / L - m = mmr x (1 - m) for the move m: the remaining margin equals the maintenance margin of
            -- the remaining value.
            (1.0 / leverage.leverage - {{ threshold("maintenance_margin_ratio") }})
            / (1 - {{ threshold("maintenance_margin_ratio") }}) as liquidation_move_ratio
        from {{ ref("fct_market_open_interest") }} as market
        cross join (select unnest({{ scenario_leverages() }}) as leverage) as leverage
        -- Bars below 1h would repeat almost the same level.
        where market.timeframe in {{ coarse_timeframes() }}

    )

select
    source,
    asset,
    timeframe,
    event_at,
    leverage,
    oi_usd,
    oi_usd / leverage as margin_usd,
    liquidation_move_ratio,
    {% for percent in scenario_moves_percent() %}
        case
            when {{ percent / 100 }} >= liquidation_move_ratio then oi_usd else 0 * oi_usd
        end as notional_at_risk_{{ percent }}pct_usd{{ "," if not loop.last }}
    {% endfor %}
from scenarios
