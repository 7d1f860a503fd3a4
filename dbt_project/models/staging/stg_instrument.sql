{{
    newest_observations(
        source("raw", "instrument"),
        [
            "symbol_native",
            "quote",
            "settle",
            "market_type",
            "settlement",
            "contract_unit",
            "contract_size",
            "listed_at",
            "expiry_at",
            "is_trading",
        ],
    )
}}
