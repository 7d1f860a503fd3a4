"""A contract under the name and in the units of its venue.

What belongs here: names and units. What does not: values at an instant (view.py).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite

from sandbox.market.latent_market import Contract

_MONTH_CODES = "FGHJKMNQUVXZ"


@dataclass(frozen=True)
class Listed:
    """A contract as its venue lists it.

    ``base`` is the venue's name of the coin, and one such coin is ``coins`` of the asset (1000PEPE: 1000).
    ``contract_size`` is in the venue's coins, or in USD for an inverse contract.
    """

    symbol: str
    base: str
    quote: str
    contract: Contract = field(compare=False)
    coins: float = 1.0
    contract_size: float = 1.0

    @property
    def is_linear(self) -> bool:
        """Tell whether it is settled in dollars."""
        return self.contract.settlement == "linear"

    @property
    def is_perpetual(self) -> bool:
        """Tell whether it never expires."""
        return self.contract.market_type == "perpetual"

    @property
    def settle(self) -> str:
        """Return what it is settled in."""
        return self.quote if self.is_linear else self.base

    def contracts(self, base: float, price: float) -> float:
        """Return a quantity of the venue's coins, at a price of one, in contracts."""
        return base / self.contract_size if self.is_linear else base * price / self.contract_size


def text(value: float) -> str:
    """Return a number as venues write it: all of its digits, no exponent."""
    if not isfinite(value):
        raise ValueError(f"{value} is no number that a venue sends; ask for an instant in the life of the contract")
    return format(Decimal(repr(float(value))), "f")


def milliseconds(at: float) -> int:
    """Return an instant of UTC seconds in milliseconds."""
    return round(at * 1000)


def expiry_date(contract: Contract, pattern: str) -> str:
    """Return the day a dated contract expires, in capitals."""
    if contract.expires_at is None:
        raise ValueError(f"the {contract.asset} contract of {contract.venue} never expires; it has no date")
    return datetime.fromtimestamp(contract.expires_at, UTC).strftime(pattern).upper()


def day_month_year(contract: Contract) -> str:
    """Return the expiry as in 25DEC26; the day has no leading zero."""
    return expiry_date(contract, "%d%b%y").lstrip("0")


def month_code(contract: Contract) -> str:
    """Return the expiry as futures exchanges write it: Z26 is December 2026."""
    return _MONTH_CODES[int(expiry_date(contract, "%m")) - 1] + expiry_date(contract, "%y")
