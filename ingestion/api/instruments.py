"""Properties of an instrument that the feeds and parsers of several venues and vendors use.

What belongs here: pure functions of an Instrument, names of coins to assets. What does not: how a venue lists its
contracts (its module).
"""

import re

from ingestion.api.feed import Instrument
from ingestion.records import Unit

# When a contract is on a thousand or a million coins, the number is in its name: 1000PEPE, kPEPE, 1MBABYDOGE.
_MULTIPLE = re.compile(r"^(?:1(?:0{3,6}|M)|k)(?=[A-Z])")
_OTHER_NAMES = {"XBT": "BTC"}


def asset_of(symbol_native: str) -> str:
    """Return the asset behind a venue's name of a coin. The dbt seed `symbol_multiplier` holds the multiples."""
    name = _MULTIPLE.sub("", symbol_native)
    return _OTHER_NAMES.get(name, name)


def is_perpetual(instrument: Instrument) -> bool:
    """Return whether the contract is perpetual: it has no expiry and pays funding."""
    return instrument.market_type == "perpetual"


def is_linear(instrument: Instrument) -> bool:
    """Return whether the contract is margined in a stablecoin or USD, not in its base coin."""
    return instrument.settlement == "linear"


def base_or_usd(instrument: Instrument) -> Unit:
    """Return the unit of venues that count linear contracts in base coins and inverse ones in USD."""
    return "base" if is_linear(instrument) else "usd"
