{{ velocity(
    "(select *, linked_bar_base / nullif(previous_bar_base, 0) - 1 as oi_rate_ratio from "
    ~ ref("fct_venue_open_interest") ~ ")",
    ["source", "asset", "venue"],
    ref("int_oi_rate__venue_baseline"),
) }}
