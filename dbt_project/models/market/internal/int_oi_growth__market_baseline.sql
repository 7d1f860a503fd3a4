-- One row per source, asset, timeframe and midnight: median and MAD of the market's growth over the 30 days before.
{{ robust_baseline(ref("fct_market_open_interest"), ["source", "asset"]) }}
