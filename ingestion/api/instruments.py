"""Properties of an instrument that the feeds and parsers of several venues use.

What belongs here: pure functions of an Instrument. What does not: how a venue lists its contracts (its module).
"""

from ingestion.api.feed import Instrument
from ingestion.records import Unit


def is_perpetual(instrument: Instrument) -> bool:
    """Return whether the contract is perpetual: it has no expiry and pays funding."""
    return instrument.market_type == "perpetual"


def is_linear(instrument: Instrument) -> bool:
    """Return whether the contract is margined in a stablecoin or USD, not in its base coin."""
    return instrument.settlement == "linear"


def base_or_usd(instrument: Instrument) -> Unit:
    """Return the unit of venues that count linear contracts in base coins and inverse ones in USD."""
    return "base" if is_linear(instrument) else "usd"
