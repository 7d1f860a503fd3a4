{{
    newest_observations(
        source("raw", "liquidation_event"),
        ["event_id", "position_side", "quantity_native", "native_unit", "price_usd_native", "price_kind", "coverage"],
        key=["event_id"],
    )
}}
