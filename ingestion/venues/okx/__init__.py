"""OKX v5: swaps and dated futures, linear and inverse.

What belongs here: the API as a whole. What does not: endpoints and fields (one module per dataset, beside this one);
the liquidation stream (liquidation_stream.py).
"""

from ingestion.api.feed import VenueApi
from ingestion.venues.okx.candles import CANDLE_FEEDS
from ingestion.venues.okx.funding import FUNDING_FEEDS
from ingestion.venues.okx.instruments import parse_instrument
from ingestion.venues.okx.liquidations import LIQUIDATION_FEEDS
from ingestion.venues.okx.open_interest import OPEN_INTEREST_FEEDS
from ingestion.venues.okx.ratios import RATIO_FEEDS

OKX = VenueApi(
    api_id="okx",
    venue="okx",
    ccxt_id="okx",
    instrument_collector="okx_instrument",
    parse_instrument=parse_instrument,
    feeds=(*OPEN_INTEREST_FEEDS, *CANDLE_FEEDS, *FUNDING_FEEDS, *RATIO_FEEDS, *LIQUIDATION_FEEDS),
    ccxt_options={"fetchMarkets": {"types": ["swap", "future"]}},
)
