"""All venue APIs. What belongs here: the list. What does not: the declaration of an API (its venue's module)."""

from ingestion.api.feed import VenueApi
from ingestion.venues.binance.cm import BINANCE_CM
from ingestion.venues.binance.um import BINANCE_UM
from ingestion.venues.bitget import BITGET
from ingestion.venues.bybit import BYBIT
from ingestion.venues.deribit import DERIBIT
from ingestion.venues.dydx import DYDX
from ingestion.venues.gate import GATE
from ingestion.venues.htx import HTX
from ingestion.venues.hyperliquid import HYPERLIQUID
from ingestion.venues.kraken import KRAKEN
from ingestion.venues.kucoin import KUCOIN
from ingestion.venues.okx import OKX

APIS: tuple[VenueApi, ...] = (
    BINANCE_UM, BINANCE_CM, BYBIT, OKX, BITGET, GATE, HYPERLIQUID, DERIBIT, KUCOIN, HTX, KRAKEN, DYDX,
)  # fmt: skip
# The venue of each API. The settings accept these names.
VENUE_OF_API = {api.api_id: api.venue for api in APIS}
