{{
    newest_observations(
        source("raw", "circulating_supply"), ["supply_base", "market_cap_usd", "price_usd"], has_bars=true
    )
}}
