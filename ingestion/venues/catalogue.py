"""All venue APIs. What belongs here: the list and the choice from it; what an API is stands in its venue's module."""

from importlib import import_module

from ingestion.live.settings import LiveSettings
from ingestion.venues.feed import VenueApi


def _written() -> tuple[VenueApi, ...]:
    found = []
    for module, name in (
        ("binance.um", "BINANCE_UM"),
        ("binance.cm", "BINANCE_CM"),
        ("bybit", "BYBIT"),
        ("okx", "OKX"),
        ("bitget", "BITGET"),
        ("gate", "GATE"),
        ("hyperliquid", "HYPERLIQUID"),
        ("deribit", "DERIBIT"),
        ("kucoin", "KUCOIN"),
        ("htx", "HTX"),
        ("kraken", "KRAKEN"),
        ("dydx", "DYDX"),
    ):
        try:
            found.append(getattr(import_module(f"ingestion.venues.{module}"), name))
        except (ModuleNotFoundError, AttributeError, ImportError):
            continue
    return tuple(found)


APIS: tuple[VenueApi, ...] = _written()


def followed_apis(live: LiveSettings) -> tuple[VenueApi, ...]:
    """Return the APIs of the venues that ``live`` follows."""
    return tuple(api for api in APIS if api.api_id in live.api_ids)
