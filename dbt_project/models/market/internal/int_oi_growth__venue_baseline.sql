-- One row per source, asset, venue, timeframe and midnight: median and MAD of the venue's growth over the 30 days
-- before.
{{
    robust_baseline(
        "(select *, linked_bar_base / nullif(previous_bar_base, 0) - 1 as oi_growth_ratio from "
        ~ ref("fct_venue_open_interest")
        ~ ")",
        ["source", "asset", "venue"],
    )
}}
