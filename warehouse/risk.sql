-- Macros for position sizing that analysts call in the build file and in the published file.
-- A NULL argument gives NULL. A wrong argument is an error, because a reader would believe the size computed from it.
-- Formulas and examples: docs/metrics/position_sizing.md.
create schema if not exists risk;

create or replace macro risk.position_size(equity_usd, entry_price, stop_price, risk_cap := 0.02) as
    case
        when not (equity_usd > 0 and equity_usd < 'infinity'::double)
            then error('position_size: equity_usd must be a positive number')
        when not (entry_price > 0 and entry_price < 'infinity'::double)
            then error('position_size: entry_price must be a positive number')
        when not (stop_price > 0 and stop_price < 'infinity'::double)
            then error('position_size: stop_price must be a positive number')
        when not (risk_cap > 0 and risk_cap <= 1)
            then error('position_size: risk_cap must be a fraction of the equity, above 0 and at most 1')
        when stop_price = entry_price
            then error('position_size: stop_price must differ from entry_price')
        else equity_usd::double * risk_cap / abs(entry_price::double - stop_price)
    end;

create or replace macro risk.liquidation_price(entry_price, leverage, side, maintenance_margin_ratio := 0.005) as
    case
        when not (entry_price > 0 and entry_price < 'infinity'::double)
            then error('liquidation_price: entry_price must be a positive number')
        when not (leverage > 0 and leverage < 'infinity'::double)
            then error('liquidation_price: leverage must be a positive number')
        when side not in ('long', 'short')
            then error('liquidation_price: side must be long or short')
        when not (maintenance_margin_ratio >= 0 and maintenance_margin_ratio < 1)
            then error('liquidation_price: maintenance_margin_ratio must be a fraction, at least 0 and below 1')
        when leverage * maintenance_margin_ratio >= 1
            then error('liquidation_price: the margin at this leverage does not exceed the maintenance margin; lower the leverage')
        when side = 'short'
            then entry_price::double * (1 + 1 / leverage::double) / (1 + maintenance_margin_ratio)
        -- Below leverage 1 the margin is enough even if the price falls to 0.
        when side = 'long' and leverage < 1 and maintenance_margin_ratio is not null
            then 0 * entry_price::double
        when side = 'long'
            then entry_price::double * (1 - 1 / leverage::double) / (1 - maintenance_margin_ratio)
    end;

create or replace macro risk.max_leverage_for_stop(entry_price, stop_price, side, maintenance_margin_ratio := 0.005) as
    case
        when not (entry_price > 0 and entry_price < 'infinity'::double)
            then error('max_leverage_for_stop: entry_price must be a positive number')
        when not (stop_price > 0 and stop_price < 'infinity'::double)
            then error('max_leverage_for_stop: stop_price must be a positive number')
        when side not in ('long', 'short')
            then error('max_leverage_for_stop: side must be long or short')
        when not (maintenance_margin_ratio >= 0 and maintenance_margin_ratio < 1)
            then error('max_leverage_for_stop: maintenance_margin_ratio must be a fraction, at least 0 and below 1')
        when side = 'long' and stop_price >= entry_price
            then error('max_leverage_for_stop: stop_price of a long must be below entry_price')
        when side = 'short' and stop_price <= entry_price
            then error('max_leverage_for_stop: stop_price of a short must be above entry_price')
        when side = 'long'
            then 1 / (1 - stop_price::double / entry_price * (1 - maintenance_margin_ratio))
        when side = 'short'
            then 1 / (stop_price::double / entry_price * (1 + maintenance_margin_ratio) - 1)
    end;

comment on macro risk.position_size is 'Coins to hold so that the loss from entry_price to stop_price is risk_cap (a fraction, default 0.02) of equity_usd: equity_usd * risk_cap / |entry_price - stop_price|. A stop below the entry belongs to a long, a stop above it to a short. Fees, funding and a price that jumps over the stop add to the loss.';
comment on macro risk.liquidation_price is 'Price, in the unit of entry_price, at which the margin of an isolated linear position with this leverage (notional / margin) and side (long, short) falls to its maintenance margin (a fraction of the notional, default 0.005): long entry_price * (1 - 1 / leverage) / (1 - maintenance_margin_ratio), short entry_price * (1 + 1 / leverage) / (1 + maintenance_margin_ratio). 0 if no fall of the price liquidates it. Fees and margin tiers are ignored.';
comment on macro risk.max_leverage_for_stop is 'Highest leverage at which a position of this side (long, short) is not liquidated before its stop_price: at this leverage risk.liquidation_price equals stop_price. A value below 1 means that even a position without leverage is liquidated before the stop.';
