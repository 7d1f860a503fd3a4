"""A simulated market from a seed: prices, open interest, volume, funding, positioning and liquidations.

What belongs here: the model, on a grid of 5-minute bars, in one-sided base coins and USD. What does not: files, venues'
own units, labels or clocks (sample_files.py).

Bar ``i`` begins at ``bar_ends[i]`` and ends at ``bar_ends[i + 1]``, so there is one bar end more than bars. Levels
(price, open interest, rates, shares) have one value per bar end, flows (volume, liquidations) one value per bar.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BAR_SECONDS = 300
BARS_AN_HOUR = 3600 // BAR_SECONDS
BARS_A_DAY = 24 * BARS_AN_HOUR


@dataclass(frozen=True)
class Asset:
    """An asset at the start: USD price, one-sided open interest on Binance in coins, coins in circulation."""

    price_usd: float
    binance_oi_base: float
    supply_base: float
    # The return of the asset when the market's return is 1.
    beta: float


@dataclass(frozen=True)
class Venue:
    """Ratios of open interest: the venue's perpetual to Binance's, and all its contracts to its perpetual."""

    relative_size: float
    all_contracts_ratio: float


@dataclass(frozen=True)
class Episode:
    """A staged event: price and open interest move over some hours, and a part of the open interest comes back.

    ``venue`` None means all venues. ``oi_recovered_ratio`` is the part of the change of open interest that is undone
    over the next two days. ``liquidated_ratio`` is the part of Binance's open interest that is liquidated, on the side
    that the price moves against.
    """

    asset: str
    venue: str | None
    hours_before_end: int
    hours: int
    price_change_ratio: float
    oi_change_ratio: float
    oi_recovered_ratio: float
    liquidated_ratio: float


ASSETS = {
    "BTC": Asset(price_usd=100_000, binance_oi_base=90_000, supply_base=19_950_000, beta=1.0),
    "ETH": Asset(price_usd=3_800, binance_oi_base=1_800_000, supply_base=120_700_000, beta=1.3),
    "BNB": Asset(price_usd=900, binance_oi_base=600_000, supply_base=136_360_000, beta=0.9),
}
VENUES = {
    "binance": Venue(relative_size=1.0, all_contracts_ratio=1.25),
    "bybit": Venue(relative_size=0.5, all_contracts_ratio=1.15),
    "okx": Venue(relative_size=0.35, all_contracts_ratio=1.2),
    "bitget": Venue(relative_size=0.4, all_contracts_ratio=1.05),
    "gate": Venue(relative_size=0.3, all_contracts_ratio=1.05),
    "hyperliquid": Venue(relative_size=0.2, all_contracts_ratio=1.0),
    "kucoin": Venue(relative_size=0.05, all_contracts_ratio=1.05),
}
EPISODES = (
    # Longs are closed by force, and other traders open a part of the positions again.
    Episode("BTC", None, 96, 3, -0.09, -0.10, 0.45, 0.03),
    # Open interest grows on one venue only.
    Episode("BTC", "hyperliquid", 200, 1, 0.0, 0.05, 0.8, 0.0),
)


@dataclass(frozen=True)
class VenueMarket:
    """One perpetual on one venue. ``funding_8h_ratio`` is the 8-hour rate, ``long_share_ratio`` that of accounts."""

    venue: Venue
    price_usd: Floats
    oi_base: Floats
    volume_base: Floats
    taker_buy_base: Floats
    funding_8h_ratio: Floats
    long_share_ratio: Floats


@dataclass(frozen=True)
class AssetMarket:
    """One asset: its price, its venues by name, and the coins liquidated on Binance by position side."""

    asset: Asset
    price_usd: Floats
    venues: dict[str, VenueMarket]
    long_liquidated_base: Floats
    short_liquidated_base: Floats


@dataclass(frozen=True)
class Market:
    """All assets by name on one grid of ``bar_ends`` (UTC seconds since 1970)."""

    bar_ends: NDArray[np.int64]
    assets: dict[str, AssetMarket]


def simulate(*, seed: int, days: int, end: datetime) -> Market:
    """Return the market of the ``days`` before ``end`` (a midnight, UTC). The same seed gives the same market."""
    random = np.random.default_rng(seed)
    bars = days * BARS_A_DAY
    first = int((end - timedelta(days=days)).timestamp())
    bar_ends = first + BAR_SECONDS * np.arange(bars + 1, dtype=np.int64)
    common_return = random.normal(0, 0.0007, bars)
    assets = {name: _asset_market(random, name, asset, common_return) for name, asset in ASSETS.items()}
    return Market(bar_ends, assets)


def _asset_market(random: np.random.Generator, name: str, asset: Asset, common_return: Floats) -> AssetMarket:
    bars = len(common_return)
    episodes = [episode for episode in EPISODES if episode.asset == name and _first_bar(episode, bars) >= 0]
    log_return = asset.beta * common_return + random.normal(0, 0.0004, bars)
    log_price = _from_start(log_return) + _sum_of(_price_path, episodes, bars)
    price_usd = asset.price_usd * np.exp(log_price)
    common_oi = _mean_reverting(random.normal(0, 0.0006, bars + 1), reversion=0.0005)
    day_return = _change_over(log_price, BARS_A_DAY)
    venues = {
        venue_name: _venue_market(
            random, asset, venue, price_usd, day_return,
            log_oi=common_oi + _sum_of(_oi_path, [one for one in episodes if one.venue in (None, venue_name)], bars),
        )
        for venue_name, venue in VENUES.items()
    }  # fmt: skip
    binance_oi = venues["binance"].oi_base[:-1]
    longs, shorts = (binance_oi * 2e-6 * np.exp(random.normal(0, 0.8, bars)) for _ in range(2))
    for episode in episodes:
        first, last = _first_bar(episode, bars), _first_bar(episode, bars) + episode.hours * BARS_AN_HOUR
        closed = longs if episode.price_change_ratio < 0 else shorts
        closed[first:last] += binance_oi[first] * episode.liquidated_ratio / (last - first)
    return AssetMarket(asset, price_usd, venues, longs, shorts)


def _venue_market(
    random: np.random.Generator, asset: Asset, venue: Venue, price_usd: Floats, day_return: Floats, *, log_oi: Floats
) -> VenueMarket:
    count = len(price_usd)
    own_oi = _mean_reverting(random.normal(0, 0.0004, count), reversion=0.0005)
    oi_base = asset.binance_oi_base * venue.relative_size * np.exp(log_oi + own_oi)
    # Volume is never below the change of open interest: a trade of one coin opens or closes at most one coin.
    volume_base = oi_base[:-1] * 0.006 * np.exp(random.normal(0, 0.4, count - 1)) + 2 * np.abs(np.diff(oi_base))
    buy_share = np.clip(0.5 + 60 * np.diff(np.log(price_usd)) + random.normal(0, 0.03, count - 1), 0.05, 0.95)
    crowd = _mean_reverting(random.normal(0, 0.002, count), reversion=0.002)
    return VenueMarket(
        venue=venue,
        price_usd=price_usd * (1 + random.normal(0, 0.00005, count)),
        oi_base=oi_base,
        volume_base=volume_base,
        taker_buy_base=volume_base * buy_share,
        funding_8h_ratio=0.0001 + 0.004 * day_return + random.normal(0, 0.00001, count),
        long_share_ratio=np.clip(0.6 - day_return + crowd, 0.05, 0.95),
    )


def _first_bar(episode: Episode, bars: int) -> int:
    return bars - episode.hours_before_end * BARS_AN_HOUR


def _sum_of(path: Callable[[Episode, int], Floats], episodes: list[Episode], bars: int) -> Floats:
    return np.asarray(np.sum([np.zeros(bars + 1), *(path(episode, bars) for episode in episodes)], axis=0))


def _price_path(episode: Episode, bars: int) -> Floats:
    """Return the log change of the price since the start of the episode, at each bar end."""
    return _progress(bars, _first_bar(episode, bars), episode.hours) * float(np.log1p(episode.price_change_ratio))


def _oi_path(episode: Episode, bars: int) -> Floats:
    """Return the log change of open interest since the start of the episode, at each bar end."""
    first = _first_bar(episode, bars)
    there = _progress(bars, first, episode.hours)
    back = _progress(bars, first + episode.hours * BARS_AN_HOUR, 48)
    return (there - episode.oi_recovered_ratio * back) * float(np.log1p(episode.oi_change_ratio))


def _progress(bars: int, first_bar: int, hours: int) -> Floats:
    """Return a ramp over the bar ends: 0 until ``first_bar``, 1 from ``hours`` later."""
    return np.asarray(np.clip((np.arange(bars + 1) - first_bar) / (hours * BARS_AN_HOUR), 0.0, 1.0))


def _from_start(changes: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(changes)])


def _change_over(levels: Floats, bars: int) -> Floats:
    """Return the change of each level over the last ``bars`` bars, or since the first bar end if that is later."""
    return np.asarray(levels - levels[np.maximum(np.arange(len(levels)) - bars, 0)])


def _mean_reverting(shocks: Floats, *, reversion: float) -> Floats:
    """Return the walk x(t) = (1 - reversion) x(t-1) + shock(t)."""
    walk = np.empty_like(shocks)
    level = 0.0
    for index, shock in enumerate(shocks):
        level = (1 - reversion) * level + shock
        walk[index] = level
    return walk
