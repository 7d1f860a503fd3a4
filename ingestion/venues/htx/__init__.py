"""HTX: linear contracts (perpetual and dated), inverse swaps and inverse dated contracts, all counted in contracts.

What belongs here: the API as a whole. What does not: endpoints and fields (one module per dataset, beside this one).
This project does not read mark candles (the venue has only the newest) or the history of dated contracts (the venue
lists it by place in the calendar, not by contract).
"""

from ingestion.api.feed import VenueApi
from ingestion.venues.htx.candles import CANDLE_FEEDS
from ingestion.venues.htx.funding import FUNDING_FEEDS
from ingestion.venues.htx.instruments import parse_instrument
from ingestion.venues.htx.liquidations import LIQUIDATION_FEEDS
from ingestion.venues.htx.open_interest import OPEN_INTEREST_FEEDS
from ingestion.venues.htx.ratios import RATIO_FEEDS

HTX = VenueApi(
    api_id="htx",
    venue="htx",
    ccxt_id="htx",
    instrument_collector="htx_instrument",
    parse_instrument=parse_instrument,
    feeds=(*OPEN_INTEREST_FEEDS, *FUNDING_FEEDS, *CANDLE_FEEDS, *RATIO_FEEDS, *LIQUIDATION_FEEDS),
    ccxt_options={"fetchMarkets": {"types": {"spot": False, "linear": True, "inverse": True}}},
)
