"""OKX's list of contracts, ``public/instruments``.

What belongs here: which contracts are read, and their specification. What does not: what is measured of them.
"""

from collections.abc import Mapping
from typing import Any

from ingestion.api.feed import Instrument
from ingestion.api.payload import instant, mapping, quantity, text
from ingestion.records import MarketType

_MARKET_TYPES: dict[str, MarketType] = {"SWAP": "perpetual", "FUTURES": "dated"}
_USD_QUOTES = ("USD", "USDT", "USDC")
# Other categories are of stocks, commodities, currencies and bonds.
_CRYPTO_CATEGORIES = ("", "1")


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``public/instruments``. None for options, spot, what is no crypto, and other quotes.

    Raises InputError when a field is missing or of a wrong type.

    Sample::

        [{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "uly": "BTC-USDT", "instFamily": "BTC-USDT",
          "instCategory": "1", "ctType": "linear", "ctVal": "0.01", "ctMult": "1", "ctValCcy": "BTC",
          "settleCcy": "USDT", "listTime": "1573557408000", "expTime": "", "state": "live"},
         {"instId": "BTC-USD-261225", "instType": "FUTURES", "uly": "BTC-USD", "instFamily": "BTC-USD",
          "instCategory": "1", "ctType": "inverse", "ctVal": "100", "ctMult": "1", "ctValCcy": "USD",
          "settleCcy": "BTC", "listTime": "1573557408000", "expTime": "1798185600000", "state": "live"}]
    """
    info = mapping(market, "info")
    # An "xperp" is listed among the futures, expires in years and pays funding like a swap.
    market_type = "perpetual" if info.get("ruleType") == "xperp" else _MARKET_TYPES.get(text(info, "instType"))
    if market_type is None or info.get("instCategory", "") not in _CRYPTO_CATEGORIES:
        return None
    # A contract that is only announced has no specification yet.
    if info.get("state") == "preopen" and not info.get("uly"):
        return None
    base, _, quote = text(info, "uly").partition("-")
    if quote not in _USD_QUOTES:
        return None
    is_linear = text(info, "ctType") == "linear"
    return Instrument(
        symbol=text(info, "instId"),
        symbol_native=base,
        quote=quote,
        settle=text(info, "settleCcy"),
        market_type=market_type,
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        contract_size=quantity(info, "ctVal") * quantity(info, "ctMult"),
        listed_at=instant(info, "listTime") if info.get("listTime") else None,
        # A swap has an expiry too while it is being delisted.
        expiry_at=instant(info, "expTime") if market_type == "dated" else None,
        is_trading=text(info, "state") == "live",
        payload=info,
    )
