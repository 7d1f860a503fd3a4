{{
    newest_observations(
        source("raw", "funding_rate"),
        ["rate_native", "native_unit", "funding_interval_hours", "is_settled"],
        key=["is_settled"],
    )
}}
