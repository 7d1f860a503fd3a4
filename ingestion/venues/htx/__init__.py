"""HTX: linear contracts (perpetual and dated), inverse swaps and inverse dated contracts, all counted in contracts.

What belongs here: the list of its feeds, a module for each dataset. What does not: mark candles (the venue gives only
the newest) and the history of dated contracts (it goes by a place in the calendar, not by contract).
"""

from ingestion.api.feed import VenueApi
from ingestion.venues.htx import candles, funding_rate, liquidations, long_short_ratio, open_interest
from ingestion.venues.htx.contracts import parse_instrument

HTX = VenueApi(
    api_id="htx",
    venue="htx",
    ccxt_id="htx",
    parse_instrument=parse_instrument,
    feeds=(
        *open_interest.FEEDS,
        *funding_rate.FEEDS,
        *candles.FEEDS,
        *long_short_ratio.FEEDS,
        *liquidations.FEEDS,
    ),
    ccxt_options={"fetchMarkets": {"types": {"spot": False, "linear": True, "inverse": True}}},
)
