{{
    newest_observations(
        source("raw", "long_short_ratio"),
        ["basis", "long_native", "short_native", "native_unit", "ratio_native"],
        key=["basis"],
        has_bars=true,
    )
}}
