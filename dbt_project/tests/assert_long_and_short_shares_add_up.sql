select *
from {{ tested(ref("fct_long_short_ratio")) }}
where
    abs(long_share_ratio + short_share_ratio - 1) > {{ threshold_literal("sum_rounding") }}
    or abs(long_short_ratio * short_share_ratio - long_share_ratio) > {{ threshold_literal("sum_rounding") }}
