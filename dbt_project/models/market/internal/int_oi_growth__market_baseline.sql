-- One row per source, asset, timeframe and midnight: the robust baseline of the market's rates.
{{
    robust_baseline(
        "(select *, oi_growth_ratio as oi_growth_ratio from " ~ ref("fct_market_open_interest") ~ ")",
        ["source", "asset"],
    )
}}
