select *
from {{ tested(ref("fct_oi_price_growth")) }}
where
    (growth_status = 'ok') <> (oi_growth_ratio is not null and price_growth_ratio is not null)
    or (growth_status = 'ok') <> (quadrant is not null)
    or (price_to_oi_growth_ratio is not null and abs(oi_growth_ratio) < {{ threshold_literal("smallest_oi_growth") }})
    or (is_price_outpacing_oi and price_growth_ratio <= 0)
