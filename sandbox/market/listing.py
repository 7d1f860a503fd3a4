"""The assets of the sandbox, and the contracts that each venue lists, with their first and last instants.

What belongs here: names, sizes and the calendar of expiries. What does not: prices and open interest over time
(simulation.py, scenes.py), venues' symbols and units (exchanges/).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np

from sandbox.market.latent_market import Floats, Instants

DAY_SECONDS = 86400
LAUNCHED_AT = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Asset:
    """An asset at the start of the market: USD price, open interest of its largest contract, coins in circulation.

    ``beta`` is its return when the market's return is 1. ``own_volatility`` is the standard deviation of its own
    return in one bar.
    """

    price_usd: float
    largest_oi_base: float
    supply_base: float
    daily_issuance_base: float
    burned_base: float
    beta: float
    own_volatility: float


@dataclass(frozen=True)
class Listing:
    """One contract. ``size`` is its open interest as a ratio to that of the asset's largest contract.

    ``rolled_from`` is the expiry of the previous dated contract; its positions move into this one.
    """

    venue: str
    asset: str
    market_type: Literal["perpetual", "dated"]
    settlement: Literal["linear", "inverse"]
    size: float
    funding_hours: int | None
    listed_at: int
    rolled_from: int | None = None
    expires_at: int | None = None

    @property
    def key(self) -> str:
        """A unique name of the contract."""
        return f"{self.venue}/{self.asset}/{self.market_type}/{self.settlement}/{self.expires_at}"


@dataclass(frozen=True)
class _Perpetuals:
    venue: str
    settlement: Literal["linear", "inverse"]
    assets: tuple[str, ...]
    size: float
    funding_hours: int = 8


@dataclass(frozen=True)
class _Chain:
    """A chain of dated contracts. Two are always listed: the next to expire, and the one after it."""

    venue: str
    settlement: Literal["linear", "inverse"]
    assets: tuple[str, ...]
    size: float
    months_apart: int


ASSETS = {
    "BTC": Asset(100_000, 90_000, 19_950_000, 450, 0, beta=1.0, own_volatility=0.0003),
    "ETH": Asset(3_800, 1_800_000, 120_700_000, 2_300, 0, beta=1.3, own_volatility=0.0005),
    "BNB": Asset(900, 600_000, 136_360_000, 0, 1_370_000, beta=0.9, own_volatility=0.0005),
    "SOL": Asset(170, 9_000_000, 550_000_000, 60_000, 0, beta=1.4, own_volatility=0.0006),
    # Its market cap is small compared with its open interest, so this asset alone can become crowded.
    "PEPE": Asset(0.0000095, 19.5e12, 420.69e12, 0, 0, beta=1.5, own_volatility=0.0008),
}
_ALL = tuple(ASSETS)
_PERPETUALS = (
    _Perpetuals("binance", "linear", _ALL, 1.0),
    _Perpetuals("binance", "inverse", ("BTC", "ETH", "BNB"), 0.15),
    _Perpetuals("bybit", "linear", _ALL, 0.5),
    _Perpetuals("bybit", "inverse", ("BTC", "ETH"), 0.08),
    _Perpetuals("okx", "linear", _ALL, 0.35),
    _Perpetuals("okx", "inverse", ("BTC", "ETH"), 0.08),
    _Perpetuals("bitget", "linear", _ALL, 0.4),
    _Perpetuals("bitget", "inverse", ("BTC",), 0.02),
    _Perpetuals("gate", "linear", _ALL, 0.3),
    _Perpetuals("gate", "inverse", ("BTC",), 0.01),
    _Perpetuals("hyperliquid", "linear", _ALL, 0.2, funding_hours=1),
    _Perpetuals("deribit", "linear", ("BTC", "SOL"), 0.03, funding_hours=1),
    _Perpetuals("deribit", "inverse", ("BTC", "ETH"), 0.1, funding_hours=1),
)
_FOUR_HOURLY = {("binance", "PEPE"), ("bybit", "PEPE"), ("okx", "PEPE")}
_CHAINS = (
    _Chain("binance", "linear", ("BTC", "ETH"), 0.04, months_apart=3),
    _Chain("binance", "inverse", ("BTC",), 0.03, months_apart=3),
    _Chain("bybit", "linear", ("BTC",), 0.01, months_apart=1),
    _Chain("bybit", "inverse", ("BTC",), 0.01, months_apart=1),
    _Chain("okx", "linear", ("BTC",), 0.02, months_apart=1),
    _Chain("okx", "inverse", ("BTC",), 0.03, months_apart=1),
    _Chain("deribit", "inverse", ("BTC", "ETH"), 0.06, months_apart=1),
)


def listings(begins_at: int, ends_at: int) -> Iterator[Listing]:
    """Yield every contract that is listed during at least a part of the span."""
    for group in _PERPETUALS:
        for asset in group.assets:
            hours = 4 if (group.venue, asset) in _FOUR_HOURLY else group.funding_hours
            yield Listing(group.venue, asset, "perpetual", group.settlement, group.size, hours, LAUNCHED_AT)
    for chain in _CHAINS:
        expiries = _expiries(begins_at, ends_at, chain.months_apart)
        for (listed_at, rolled_from), (_, expires_at) in pairwise(pairwise(expiries)):
            if listed_at < ends_at and expires_at > begins_at:
                for asset in chain.assets:
                    yield Listing(
                        chain.venue, asset, "dated", chain.settlement, chain.size, None,
                        listed_at, rolled_from, expires_at,
                    )  # fmt: skip


def life(listing: Listing, bar_ends: Instants) -> Floats:
    """Return the share of full open interest that a contract has because of its age; NaN outside its life.

    A new perpetual starts at half and reaches its full size two days later. A dated contract stays small until the one
    before it is about to expire. Its own positions leave it in its last five days.
    """
    if listing.expires_at is None or listing.rolled_from is None:
        ages, shares = [listing.listed_at, listing.listed_at + 2 * DAY_SECONDS], [0.5, 1.0]
        return np.where(bar_ends < listing.listed_at, np.nan, np.interp(bar_ends, ages, shares))
    rolling = 5 * DAY_SECONDS
    ages = [
        listing.listed_at,
        listing.listed_at + 10 * DAY_SECONDS,
        listing.rolled_from - rolling,
        listing.rolled_from,
        listing.expires_at - rolling,
        listing.expires_at,
    ]
    is_alive = (bar_ends >= listing.listed_at) & (bar_ends <= listing.expires_at)
    return np.where(is_alive, np.interp(bar_ends, ages, [0.1, 0.3, 0.3, 1.0, 1.0, 0.0]), np.nan)


def _expiries(begins_at: int, ends_at: int, months_apart: int) -> list[int]:
    """Return the expiries in the span, and at least two more on either side."""
    first, last = (datetime.fromtimestamp(at, UTC) for at in (begins_at, ends_at))
    months = range(first.year * 12 + first.month - 1 - 3 * months_apart, last.year * 12 + last.month + 3 * months_apart)
    return [_last_friday(month) for month in months if (month + 1) % months_apart == 0]


def _last_friday(month: int) -> int:
    """Return 08:00 UTC of the last Friday of a month; ``month`` counts months since year 0."""
    year, index = divmod(month + 1, 12)
    last_day = datetime(year, index + 1, 1, 8, tzinfo=UTC) - timedelta(days=1)
    return int((last_day - timedelta(days=(last_day.weekday() - 4) % 7)).timestamp())
