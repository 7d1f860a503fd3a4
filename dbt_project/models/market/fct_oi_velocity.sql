{{ velocity(
    "(select *, oi_growth_ratio as oi_rate_ratio from " ~ ref("fct_market_open_interest") ~ ")",
    ["source", "asset"],
    ref("int_oi_rate__market_baseline"),
) }}
