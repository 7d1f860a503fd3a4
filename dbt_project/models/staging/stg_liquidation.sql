{{
    newest_observations(
        source("raw", "liquidation"), ["long_native", "short_native", "native_unit", "coverage"], has_bars=true
    )
}}
