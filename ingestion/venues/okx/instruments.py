"""OKX's list of contracts, ``public/instruments``.

What belongs here: which contracts this project reads, and their specification. What does not: their measurements (one
module per dataset, beside this one).
"""

from collections.abc import Mapping
from typing import Any

from ingestion.api.feed import Instrument
from ingestion.api.payload import instant, mapping, quantity, text
from ingestion.records import MarketType

_MARKET_TYPES: dict[str, MarketType] = {"SWAP": "perpetual", "FUTURES": "dated"}
_USD_QUOTES = ("USD", "USDT", "USDC")
# The other categories are stocks, commodities, currencies and bonds.
_CRYPTO_CATEGORIES = ("", "1")


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``public/instruments``. None for options, spot, stocks, commodities and other quotes.

    Sample::

        [{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "uly": "BTC-USDT", "instFamily": "BTC-USDT",
          "instCategory": "1", "ctType": "linear", "ctVal": "0.01", "ctMult": "1", "ctValCcy": "BTC",
          "settleCcy": "USDT", "listTime": "1573557408000", "expTime": "", "state": "live"},
         {"instId": "BTC-USD-261225", "instType": "FUTURES", "uly": "BTC-USD", "instFamily": "BTC-USD",
          "instCategory": "1", "ctType": "inverse", "ctVal": "100", "ctMult": "1", "ctValCcy": "USD",
          "settleCcy": "BTC", "listTime": "1573557408000", "expTime": "1798185600000", "state": "live"}]
    """
    info = mapping(market, "info")
    # The venue lists an "xperp" as a future, but it expires only after years and pays funding as a swap does.
    market_type = "perpetual" if info.get("ruleType") == "xperp" else _MARKET_TYPES.get(text(info, "instType"))
    if market_type is None or info.get("instCategory", "") not in _CRYPTO_CATEGORIES:
        return None
    # A contract that the venue only announces has no specification yet.
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
        # A swap that will be delisted has an expiry too.
        expiry_at=instant(info, "expTime") if market_type == "dated" else None,
        is_trading=text(info, "state") == "live",
        payload=info,
    )
