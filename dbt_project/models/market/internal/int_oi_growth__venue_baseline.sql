-- One row per source, asset, venue, timeframe and midnight: median and MAD of the venue's growth over the 30 days
-- before.
{{ robust_baseline(ref("fct_venue_open_interest"), ["source", "asset", "venue"], growth=linked_growth("bar")) }}
