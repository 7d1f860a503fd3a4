{{
    velocity(
        ref("fct_venue_open_interest"),
        ["source", "asset", "venue"],
        ref("int_oi_growth__venue_baseline"),
        growth=linked_growth("bar"),
        is_suspended="suspended_growth_ratio is not null",
    )
}}
