"""The simulation of the latent market from a seed: prices, open interest, volume, funding, positioning, liquidations.

What belongs here: the random processes, in one-sided base coins and USD on a grid of 5-minute bars. What does not: the
contracts (listing.py), the staged scenes (scenes.py), venues' units and formats (exchanges/).

Every contract has its own random generator, so that one more scene or contract does not change other contracts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sandbox.market.latent_market import (
    BAR_SECONDS,
    BARS_A_DAY,
    Contract,
    Floats,
    Funding,
    Instants,
    LatentMarket,
    Liquidation,
    Supply,
)
from sandbox.market.listing import ASSETS, DAY_SECONDS, Asset, Listing, life, listings
from sandbox.market.scenes import SCRIPT, Stage, Staged, outages_of, scenes_of, span_of, stage

_YEAR_SECONDS = 365 * DAY_SECONDS
_FUNDING_BASE_RATIO = 0.0001
_LIQUIDATIONS_A_BAR = 0.04
# As a share of a contract's open interest. Three in one bar stay below the threshold of a cascade (0.1 %).
_LARGEST_LIQUIDATION_RATIO = 2e-4
_MOST_LIQUIDATIONS_A_BAR = 3
_CASCADE_PARTS = np.array([0.4, 0.3, 0.2, 0.1])

Side = Literal["long", "short"]


@dataclass(frozen=True)
class _AssetState:
    """The common state of an asset's contracts: index price, shocks of open interest, lean of the crowd to longs."""

    name: str
    asset: Asset
    index_usd: Floats
    oi_shocks: Floats
    lean: Floats


@dataclass(frozen=True)
class _Closed:
    """The forced closes of a contract: the bar of each, its side and its quantity."""

    bars: Instants
    is_long: NDArray[np.bool_]
    quantity_base: Floats


def simulate(*, seed: int, begins_at: int, ends_at: int, script: Sequence[Staged] = SCRIPT) -> LatentMarket:
    """Return the market between two instants (UTC seconds, multiples of 300). The same seed gives the same market.

    Args:
        seed: Seed of the random generators.
        begins_at: Start of the first bar.
        ends_at: End of the last bar. The script places scenes by hours before its full hour.
        script: The scenes to stage. The simulation skips scenes that would begin before ``begins_at``.

    Raises:
        ValueError: An instant is not a multiple of 300, or the market has no bar.
    """
    if begins_at % BAR_SECONDS or ends_at % BAR_SECONDS or ends_at <= begins_at:
        raise ValueError(
            f"no market from {begins_at} to {ends_at} is possible; pass two multiples of {BAR_SECONDS}, in order"
        )
    bar_ends = np.arange(begins_at, ends_at + 1, BAR_SECONDS, dtype=np.int64)
    placed = stage(script, bar_ends)
    scenes = scenes_of(placed, bar_ends, list(ASSETS))
    newly_listed = {(scene.venue, scene.asset): scene.begins_at for scene in scenes if scene.name == "venue_listing"}
    market_return = _market_return(np.random.default_rng(seed), len(bar_ends) - 1)
    states = {name: _asset_state(seed, name, asset, market_return, placed) for name, asset in ASSETS.items()}
    contracts = tuple(
        _contract(
            seed, replace(listing, listed_at=newly_listed.get((listing.venue, listing.asset), listing.listed_at)),
            states[listing.asset], bar_ends, placed,
        )
        for listing in listings(begins_at, ends_at)
    )  # fmt: skip
    supplies = tuple(_supply(name, asset, bar_ends) for name, asset in ASSETS.items())
    return LatentMarket(seed, bar_ends, contracts, supplies, scenes, outages_of(placed, bar_ends))


def _market_return(random: np.random.Generator, bars: int) -> Floats:
    """Return the log return of the whole market in each bar, with calm and wild periods and a jump every few days."""
    volatility = 0.0008 * np.exp(_mean_reverting(random.normal(0, 0.02, bars), reversion=0.002))
    jumps = (random.random(bars) < 1 / (4 * BARS_A_DAY)) * random.normal(0, 0.005, bars)
    return np.asarray(volatility * random.normal(0, 1, bars) + jumps)


def _asset_state(seed: int, name: str, asset: Asset, market_return: Floats, placed: Stage) -> _AssetState:
    random = _generator(seed, name)
    own_return = asset.own_volatility * random.standard_normal(len(market_return))
    walk = np.concatenate([[0.0], np.cumsum(asset.beta * market_return + own_return)])
    log_price = placed.levels("price", name, None, np.log(asset.price_usd) + walk)
    log_return = np.diff(log_price, prepend=log_price[0])
    count = len(log_price)
    return _AssetState(
        name=name,
        asset=asset,
        index_usd=np.exp(log_price),
        oi_shocks=random.normal(0, 0.0004, count) + 0.08 * log_return,
        lean=_mean_reverting(random.normal(0, 0.001, count) + 0.5 * log_return, reversion=0.003),
    )


def _contract(seed: int, listing: Listing, state: _AssetState, bar_ends: Instants, placed: Stage) -> Contract:
    random = _generator(seed, listing.key)
    oi_base = _open_interest(random, listing, state, bar_ends, placed)
    own_lean = _mean_reverting(random.normal(0, 0.001, len(bar_ends)), reversion=0.003)
    mark_usd, trade_usd = _prices(random, listing, state, bar_ends, placed)
    closed = _forced_closes(random, listing, state, oi_base, placed)
    activity = 1 + placed.offsets("volume", listing.asset, listing.venue, len(bar_ends))[1:]
    volume_base, taker_buy_base = _trading(random, state.index_usd, oi_base, closed, activity)
    lean = state.lean + own_lean
    crowd = lean + placed.offsets("long_share", listing.asset, listing.venue, len(bar_ends))
    return Contract(
        venue=listing.venue,
        asset=listing.asset,
        market_type=listing.market_type,
        settlement=listing.settlement,
        listed_at=listing.listed_at,
        expires_at=listing.expires_at,
        oi_base=oi_base,
        trade_usd=trade_usd,
        mark_usd=mark_usd,
        index_usd=state.index_usd,
        volume_base=volume_base,
        taker_buy_base=taker_buy_base,
        long_account_ratio=np.clip(0.56 + crowd, 0.05, 0.95),
        long_position_ratio=np.clip(0.52 + 0.5 * crowd, 0.05, 0.95),
        funding=_funding(listing, bar_ends, lean, mark_usd / state.index_usd - 1, placed),
        liquidations=_events(random, closed, trade_usd, bar_ends),
    )


def _open_interest(
    random: np.random.Generator, listing: Listing, state: _AssetState, bar_ends: Instants, placed: Stage
) -> Floats:
    own_shocks = random.normal(0, 0.0005, len(bar_ends))
    size = np.log(state.asset.largest_oi_base * listing.size)
    log_oi = size + _mean_reverting(state.oi_shocks + own_shocks, reversion=0.0005)
    return np.exp(placed.levels("oi", listing.asset, listing.venue, log_oi)) * life(listing, bar_ends)


def _prices(
    random: np.random.Generator, listing: Listing, state: _AssetState, bar_ends: Instants, placed: Stage
) -> tuple[Floats, Floats]:
    """Return mark and last price: the index plus a premium. The basis of a dated contract is zero at its expiry."""
    premium = _mean_reverting(random.normal(0, 2e-5, len(bar_ends)), reversion=0.05) + 0.003 * state.lean
    premium += placed.offsets("premium", listing.asset, listing.venue, len(bar_ends))
    if listing.expires_at is not None:
        years = np.clip((listing.expires_at - bar_ends) / _YEAR_SECONDS, 0.0, None)
        yearly = 0.06 + _mean_reverting(random.normal(0, 0.0003, len(bar_ends)), reversion=0.003)
        yearly += placed.offsets("basis", listing.asset, listing.venue, len(bar_ends))
        premium = np.exp(yearly * years) * (1 + 0.2 * premium) - 1
    mark_usd = state.index_usd * (1 + premium)
    return mark_usd, mark_usd * (1 + random.normal(0, 2e-5, len(bar_ends)))


def _forced_closes(
    random: np.random.Generator, listing: Listing, state: _AssetState, oi_base: Floats, placed: Stage
) -> _Closed:
    """Return the forced closes: a few small ones at all times, on the side that loses, and the many of the scenes."""
    bars = len(oi_base) - 1
    is_open = ~np.isnan(oi_base[:-1]) & ~np.isnan(oi_base[1:])
    counts = np.minimum(random.poisson(_LIQUIDATIONS_A_BAR, bars), _MOST_LIQUIDATIONS_A_BAR) * is_open
    of_calm = np.repeat(np.arange(bars), counts)
    ratios = np.minimum(2e-5 * np.exp(random.normal(0, 0.8, len(of_calm))), _LARGEST_LIQUIDATION_RATIO)
    against_longs = np.diff(state.index_usd)[of_calm] < 0
    parts = [_Closed(of_calm, against_longs, oi_base[of_calm] * ratios)]
    for first, move in placed.moves("oi", listing.asset, listing.venue):
        starts, ends = span_of(move, first)
        fallen = move.liquidated_ratio * np.maximum(-np.diff(oi_base[starts : ends + 1]), 0.0)
        in_scene = np.flatnonzero(fallen > 0)
        quantities = np.outer(fallen[in_scene], _CASCADE_PARTS).ravel()
        is_long = np.full(len(quantities), move.liquidated_side == "long")
        parts.append(_Closed(np.repeat(starts + in_scene, len(_CASCADE_PARTS)), is_long, quantities))
    return _Closed(
        bars=np.concatenate([part.bars for part in parts]),
        is_long=np.concatenate([part.is_long for part in parts]),
        quantity_base=np.concatenate([part.quantity_base for part in parts]),
    )


def _trading(
    random: np.random.Generator, index_usd: Floats, oi_base: Floats, closed: _Closed, activity: Floats
) -> tuple[Floats, Floats]:
    """Return volume and taker buys. Each traded coin opens or closes at most one coin; a forced close only closes."""
    bars = len(oi_base) - 1
    log_return = np.diff(np.log(index_usd))
    liquidated = np.bincount(closed.bars, closed.quantity_base, minlength=bars)
    busy = activity * np.exp(random.normal(0, 0.4, bars)) * (1 + 100 * np.abs(log_return))
    volume = np.nan_to_num(0.004 * oi_base[:-1] * busy + 1.5 * np.abs(np.diff(oi_base)) + liquidated)
    buy_share = np.clip(0.5 + 60 * log_return + random.normal(0, 0.03, bars), 0.05, 0.95)
    return volume, volume * buy_share


def _funding(listing: Listing, bar_ends: Instants, lean: Floats, premium: Floats, placed: Stage) -> Funding | None:
    """Return the settlements: the mean over each interval of base rate, lean of the crowd and premium."""
    if listing.funding_hours is None:
        return None
    rate_8h = _FUNDING_BASE_RATIO + 0.0008 * lean + 0.1 * premium
    rate_8h += placed.offsets("funding", listing.asset, listing.venue, len(bar_ends))
    bars = listing.funding_hours * 3600 // BAR_SECONDS
    is_settled = (bar_ends % (listing.funding_hours * 3600) == 0) & (bar_ends > listing.listed_at)
    indexes = np.flatnonzero(is_settled)
    indexes = indexes[indexes >= bars]
    sums = np.concatenate([[0.0], np.cumsum(rate_8h)])
    mean_8h = (sums[indexes + 1] - sums[indexes + 1 - bars]) / bars
    return Funding(listing.funding_hours, bar_ends[indexes], mean_8h * listing.funding_hours / 8)


def _events(
    random: np.random.Generator, closed: _Closed, trade_usd: Floats, bar_ends: Instants
) -> tuple[Liquidation, ...]:
    """Return the forced closes in the order of time: at most one per second, and none exactly at a bar end."""
    order = np.argsort(closed.bars, kind="stable")
    bars = closed.bars[order]
    is_first = np.diff(bars, prepend=-1) > 0
    number_in_bar = np.arange(len(bars)) - np.maximum.accumulate(np.where(is_first, np.arange(len(bars)), 0))
    room = (BAR_SECONDS - 1) // (len(_CASCADE_PARTS) + _MOST_LIQUIDATIONS_A_BAR)
    at = bar_ends[bars] + 1 + number_in_bar * room + random.integers(0, room, len(bars))
    is_long = closed.is_long[order]
    direction = np.where(is_long, -1.0, 1.0)
    fill = np.interp(at, bar_ends, trade_usd) * (1 + direction * random.uniform(0, 0.001, len(bars)))
    bankruptcy = fill * (1 + direction * random.uniform(0.0005, 0.004, len(bars)))
    columns = (at, is_long, closed.quantity_base[order], fill, bankruptcy)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return tuple(Liquidation(when, _side(long), *rest) for when, long, *rest in rows)


def _side(is_long: bool) -> Side:
    return "long" if is_long else "short"


def _supply(name: str, asset: Asset, bar_ends: Instants) -> Supply:
    """Return coins in circulation: even issuance, and one burn in the middle of the market."""
    issued = asset.daily_issuance_base * (bar_ends - bar_ends[0]) / DAY_SECONDS
    burned = asset.burned_base * (bar_ends >= bar_ends[len(bar_ends) // 2])
    return Supply(name, asset.supply_base + issued - burned)


def _generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(name.encode())])


def _mean_reverting(shocks: Floats, *, reversion: float) -> Floats:
    """Return the walk x(t) = (1 - reversion) x(t-1) + shock(t)."""
    kept = 1 - reversion
    return np.fromiter(accumulate(shocks.tolist(), lambda level, shock: kept * level + shock), float, len(shocks))
