{{ velocity(ref("fct_market_open_interest"), ["source", "asset"], ref("int_oi_growth__market_baseline")) }}
