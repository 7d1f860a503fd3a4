{{
    newest_observations(
        source("raw", "open_interest"),
        ["native_field", "oi_native", "native_unit", "value_usd_native", "price_usd_native"],
        key=["native_field"],
        has_bars=true,
    )
}}
