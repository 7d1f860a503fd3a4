"""What is true in the sandbox: the latent market that every simulated exchange shows a part of, in its own units.

What belongs here: the shapes and how a value at any instant is read off them. What does not: how the market comes
about (simulation.py, scenes.py), venues' wire formats (exchanges/).

Levels (prices, open interest, shares) have one value a mark, marks lie ``BAR_SECONDS`` apart, and a level between two
marks lies on the straight line between them. Flows (volume) have one value a bar: bar ``i`` lies between the marks
``i`` and ``i + 1``. All quantities are one-sided base coins of the asset and USD. Instants are UTC seconds since 1970.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]

BAR_SECONDS = 300
BARS_AN_HOUR = 3600 // BAR_SECONDS
BARS_A_DAY = 24 * BARS_AN_HOUR


@dataclass(frozen=True)
class Liquidation:
    """One forced close: ``position_side`` is the side of the position that was closed."""

    at: int
    position_side: Literal["long", "short"]
    quantity_base: float
    fill_price_usd: float
    bankruptcy_price_usd: float


@dataclass(frozen=True)
class Funding:
    """Settlements of a perpetual: at each of ``instants`` the rate of the interval that ended there."""

    interval_hours: int
    instants: Instants
    rate_ratio: Floats


@dataclass(frozen=True)
class Contract:
    """One contract of an asset on a venue, as it truly is. Arrays lie on the market's grid.

    ``listed_at`` and ``expires_at`` bound its life: outside it open interest is NaN. ``outages`` are stretches in which
    its venue answers nothing. ``index_usd`` is the same on all venues up to noise. ``long_account_ratio`` and
    ``long_position_ratio`` are shares of accounts and of top traders' positions that are long.
    """

    venue: str
    asset: str
    market_type: Literal["perpetual", "dated"]
    settlement: Literal["linear", "inverse"]
    listed_at: int
    expires_at: int | None
    oi_base: Floats
    trade_usd: Floats
    mark_usd: Floats
    index_usd: Floats
    volume_base: Floats
    taker_buy_base: Floats
    long_account_ratio: Floats
    long_position_ratio: Floats
    funding: Funding | None
    liquidations: tuple[Liquidation, ...]


@dataclass(frozen=True)
class Supply:
    """Coins in circulation of an asset, at each mark."""

    asset: str
    supply_base: Floats


@dataclass(frozen=True)
class Scene:
    """Something that was staged: what (``cascade_absorbed``, ``euphoria``...), where and from when to when.

    ``venue`` is None for what happens on all of them. ``signal_at`` is the mark at which it first shows.
    """

    name: str
    asset: str
    venue: str | None
    begins_at: int
    ends_at: int
    signal_at: int | None


@dataclass(frozen=True)
class Outage:
    """A stretch in which a venue answers nothing."""

    venue: str
    begins_at: int
    ends_at: int


@dataclass(frozen=True)
class LatentMarket:
    """All contracts on one grid of ``marks``, with the supply, the scenes and the outages."""

    seed: int
    marks: Instants
    contracts: tuple[Contract, ...]
    supplies: tuple[Supply, ...]
    scenes: tuple[Scene, ...]
    outages: tuple[Outage, ...]

    def of(self, venue: str) -> Iterator[Contract]:
        """Yield the contracts of a venue."""
        return (contract for contract in self.contracts if contract.venue == venue)

    def level_at(self, levels: Floats, at: float) -> float:
        """Return a level at any instant of the market, on the straight line between the two marks around it."""
        return float(np.interp(at, self.marks, levels))

    def bar_of(self, at: int) -> int:
        """Return the index of the bar that ends at mark ``at``."""
        return int((at - int(self.marks[0])) // BAR_SECONDS) - 1
