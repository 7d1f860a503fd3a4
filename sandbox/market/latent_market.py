"""The latent market: the true values of the sandbox. Every simulated exchange shows a part of them in its own units.

What belongs here: the shapes, and how to read a value at any instant. What does not: the simulation of the market
(simulation.py, scenes.py), venues' wire formats (exchanges/).

The bars of ``BAR_SECONDS`` form one grid. Bar ``i`` begins at ``bar_ends[i]`` and ends at ``bar_ends[i + 1]``, so there
is one bar end more than bars. Levels (prices, open interest, shares) have one value per bar end and are linear between
bar ends. Flows (volume) have one value per bar. All quantities are one-sided base coins of the asset and USD. Instants
are UTC seconds since 1970.
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
    """One forced close; ``position_side`` is the side of the closed position."""

    at: int
    position_side: Literal["long", "short"]
    quantity_base: float
    fill_price_usd: float
    bankruptcy_price_usd: float


@dataclass(frozen=True)
class Funding:
    """Settlements of a perpetual: each of ``instants`` has the rate of the interval that ends there."""

    interval_hours: int
    instants: Instants
    rate_ratio: Floats


@dataclass(frozen=True)
class Contract:
    """The true values of one contract of an asset on a venue. Arrays are on the market's grid.

    Open interest is NaN before ``listed_at`` and after ``expires_at``. ``index_usd`` is the same on all venues up to
    noise. ``long_account_ratio`` is the share of accounts that are long, ``long_position_ratio`` the share of top
    traders' positions that are long.
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
    """Coins of an asset in circulation, at each bar end."""

    asset: str
    supply_base: Floats


@dataclass(frozen=True)
class Scene:
    """A staged event: its name (``cascade_absorbed``, ``euphoria``...), its asset, its venue, its start and its end.

    ``venue`` is None when the scene covers all venues. Its signal first holds at the bar end ``signal_at``.
    """

    name: str
    asset: str
    venue: str | None
    begins_at: int
    ends_at: int
    signal_at: int | None


@dataclass(frozen=True)
class Outage:
    """A stretch in which a venue does not respond."""

    venue: str
    begins_at: int
    ends_at: int


@dataclass(frozen=True)
class LatentMarket:
    """All contracts on one grid of ``bar_ends``, with supplies, scenes and outages."""

    seed: int
    bar_ends: Instants
    contracts: tuple[Contract, ...]
    supplies: tuple[Supply, ...]
    scenes: tuple[Scene, ...]
    outages: tuple[Outage, ...]

    def of(self, venue: str) -> Iterator[Contract]:
        """Yield the contracts of a venue."""
        return (contract for contract in self.contracts if contract.venue == venue)

    def level_at(self, levels: Floats, at: float) -> float:
        """Return a level at any instant of the market, by linear interpolation between bar ends."""
        return float(np.interp(at, self.bar_ends, levels))

    def bar_of(self, at: int) -> int:
        """Return the index of the bar that ends at ``at``."""
        return int((at - int(self.bar_ends[0])) // BAR_SECONDS) - 1
