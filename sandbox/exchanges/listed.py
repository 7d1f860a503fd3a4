"""A contract with the symbol and the units of its venue.

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

    ``base`` is the venue's name of the coin. One coin of the venue is ``coins`` coins of the asset (1000PEPE: 1000).
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
        """Whether the contract is settled in dollars."""
        return self.contract.settlement == "linear"

    @property
    def is_perpetual(self) -> bool:
        """Whether the contract never expires."""
        return self.contract.market_type == "perpetual"

    @property
    def settle(self) -> str:
        """The currency of settlement."""
        return self.quote if self.is_linear else self.base

    def contracts(self, base: float, price: float) -> float:
        """Return a quantity of the venue's coins in contracts; ``price`` is USD per coin."""
        return base / self.contract_size if self.is_linear else base * price / self.contract_size


def text(value: float) -> str:
    """Return a number as venues write it: all digits, no exponent."""
    if not isfinite(value):
        raise ValueError(f"{value} is no number that a venue sends; pass an instant in the life of the contract")
    return format(Decimal(repr(float(value))), "f")


def milliseconds(at: float) -> int:
    """Return an instant of UTC seconds in milliseconds."""
    return round(at * 1000)


def expiry_date(contract: Contract, pattern: str) -> str:
    """Return the expiry of a dated contract in the ``strftime`` pattern, in capitals."""
    if contract.expires_at is None:
        raise ValueError(f"the {contract.asset} perpetual of {contract.venue} has no expiry; pass a dated contract")
    return datetime.fromtimestamp(contract.expires_at, UTC).strftime(pattern).upper()


def day_month_year(contract: Contract) -> str:
    """Return the expiry in the form 25DEC26; the day has no leading zero."""
    return expiry_date(contract, "%d%b%y").lstrip("0")


def month_code(contract: Contract) -> str:
    """Return month and year of the expiry as futures exchanges write them: Z26 is December 2026."""
    return _MONTH_CODES[int(expiry_date(contract, "%m")) - 1] + expiry_date(contract, "%y")
