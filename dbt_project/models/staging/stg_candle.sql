{{
    newest_observations(
        source("raw", "candle"),
        [
            "price_kind",
            "open_usd",
            "high_usd",
            "low_usd",
            "close_usd",
            "volume_native",
            "native_unit",
            "turnover_usd",
        ],
        key=["price_kind"],
        has_bars=true,
    )
}}
