{{
    velocity(
        "(select *, linked_bar_base / nullif(previous_bar_base, 0) - 1 as oi_growth_ratio from "
        ~ ref("fct_venue_open_interest")
        ~ ")",
        ["source", "asset", "venue"],
        ref("int_oi_growth__venue_baseline"),
    )
}}
