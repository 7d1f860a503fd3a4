"""The staged scenes of the sandbox and their effect on a market: every metric and every signal has a case to find.

What belongs here: the script, as data, and the two ways in which it changes an array. What does not: the market around
it (simulation.py).

The script places a scene by hours before the last full hour of the market, and its moves by hours after the scene's
start. Each asset has its own sequence, so that scenes of one asset do not overlap. The simulation skips a scene that
would begin before the market.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Literal

import numpy as np

from sandbox.market.latent_market import BAR_SECONDS, BARS_A_DAY, BARS_AN_HOUR, Floats, Instants, Outage, Scene

Level = Literal["price", "oi"]
Offset = Literal["funding", "premium", "basis", "long_share", "volume"]


@dataclass(frozen=True)
class Move:
    """A level that moves to a target over some hours and keeps ``noise_ratio`` of its own noise on the way.

    The target is ``1 + change_ratio`` times the level at the start, or times its highest or lowest value over the
    ``anchor_days`` before. ``liquidated_ratio`` is the part of the fall of open interest that forced closes make, on
    ``liquidated_side``. A move with a ``venue`` does not change other venues.
    """

    level: Level
    starts_hours: float
    ends_hours: float
    change_ratio: float
    anchor: Literal["start", "highest", "lowest"] = "start"
    anchor_days: int = 0
    noise_ratio: float = 1.0
    venue: str | None = None
    liquidated_side: Literal["long", "short"] = "long"
    liquidated_ratio: float = 0.0


@dataclass(frozen=True)
class Shift:
    """A quantity that is higher or lower by ``change`` for some hours, and unchanged afterwards.

    Units of ``change``: ``funding`` is a rate of 8 hours, ``premium`` a fraction of the price, ``basis`` a fraction per
    year, ``long_share`` a fraction of accounts. For ``volume``, 3 means four times the usual volume.
    """

    quantity: Offset
    starts_hours: float
    ends_hours: float
    change: float
    venue: str | None = None


@dataclass(frozen=True)
class Staged:
    """One scene of the script. ``asset`` None means all assets, ``venue`` None all venues.

    ``signal_hours`` after its start, all published values show the scene, settled funding included.
    """

    name: str
    asset: str | None
    hours_before_end: float
    hours: float
    signal_hours: float | None
    venue: str | None = None
    moves: tuple[Move, ...] = ()
    shifts: tuple[Shift, ...] = ()


_CASCADE_HOURS = 2 / 3

SCRIPT = (
    # Longs are closed by force. The other longs hold, and buyers come back.
    Staged(
        "cascade_absorbed", "BTC", 390, 49, 24 + _CASCADE_HOURS,
        moves=(
            Move("price", 0, _CASCADE_HOURS, -0.07, noise_ratio=0.3),
            Move("oi", 0, _CASCADE_HOURS, -0.08, noise_ratio=0.1, liquidated_ratio=0.7),
            Move("price", _CASCADE_HOURS, 24 + _CASCADE_HOURS, 0.03),
            Move("oi", _CASCADE_HOURS, 24 + _CASCADE_HOURS, 0.015, noise_ratio=0.3),
            Move("oi", 24 + _CASCADE_HOURS, 49, 0.01, noise_ratio=0.3),
        ),
    ),
    # Dated contracts of one venue become expensive compared with the index.
    Staged(
        "spread_stretched", "BTC", 320, 24, 1, venue="bybit",
        shifts=(Shift("basis", 0, 24, 0.25, venue="bybit"),),
    ),
    # Open interest of one venue grows while its price is below the others: traders buy the discount.
    Staged(
        "arbitrage_inflow", "BTC", 280, 8, 2, venue="hyperliquid",
        moves=(
            Move("oi", 0, 8, 0, noise_ratio=0.2),
            Move("oi", 1, 2, 0.04, noise_ratio=0.2, venue="hyperliquid"),
            Move("oi", 2, 8, -0.005, noise_ratio=0.2, venue="hyperliquid"),
        ),
        shifts=(Shift("premium", 1, 2, -0.003, venue="hyperliquid"),),
    ),
    # Open interest is at its highest, the price does not follow, shorts pay funding. Then longs are closed by force.
    Staged(
        "bearish_exhaustion", "BTC", 240, 200, 86 + _CASCADE_HOURS,
        moves=(
            Move("price", 0, 36, -0.01, anchor="highest", anchor_days=20, noise_ratio=0.2),
            Move("oi", 0, 60, 0.015, anchor="highest", anchor_days=30, noise_ratio=0.2),
            Move("price", 36, 62, 0, noise_ratio=0.2),
            Move("oi", 60, 62, 0, noise_ratio=0.1),
            Move("price", 62, 62 + _CASCADE_HOURS, -0.08, noise_ratio=0.3),
            Move("oi", 62, 62 + _CASCADE_HOURS, -0.10, noise_ratio=0.1, liquidated_ratio=0.7),
            Move("oi", 62 + _CASCADE_HOURS, 86 + _CASCADE_HOURS, -0.027, noise_ratio=0.3),
            Move("price", 62 + _CASCADE_HOURS, 86 + _CASCADE_HOURS, 0.01, noise_ratio=0.5),
            Move("oi", 135, 200, 0.10),
        ),
        shifts=(Shift("funding", 36, 62, -0.0004),),
    ),
    Staged("venue_outage", None, 36, 5, 0, venue="okx"),
    Staged("methodology_change", None, 96, 96, 0, venue="bybit"),
    # Traders close positions over four days at a stable price, then open new ones. Then the price leaves its range.
    Staged(
        "bullish_accumulation", "ETH", 400, 160, 156,
        moves=(
            Move("price", 0, 24, 0.04, anchor="lowest", anchor_days=20, noise_ratio=0.5),
            Move("price", 24, 120, 0, noise_ratio=0.3),
            Move("oi", 24, 120, -0.07, noise_ratio=0.1),
            Move("price", 120, 144, 0.002, noise_ratio=0.3),
            Move("oi", 120, 144, 0.02, noise_ratio=0.2),
            Move("price", 144, 156, 0.015, anchor="highest", anchor_days=20, noise_ratio=0.3),
            Move("oi", 144, 156, 0.02, noise_ratio=0.2),
        ),
    ),
    Staged(
        "short_covering_squeeze", "ETH", 200, 12, 1,
        moves=(
            Move("price", 0, 1, 0.06, noise_ratio=0.2),
            # Forced closes stay below 0.1 % of open interest: shorts buy back by choice, and no cascade begins.
            Move("oi", 0, 1, -0.008, noise_ratio=0.1, liquidated_side="short", liquidated_ratio=0.1),
        ),
    ),
    Staged(
        "euphoria", "ETH", 130, 24, 13,
        moves=(Move("price", 0, 24, 0.02), Move("oi", 12, 13, 0.02, noise_ratio=0.2)),
        shifts=(Shift("funding", 0, 24, 0.0008),),
    ),
    Staged(
        "leverage_driven_rally", "BNB", 400, 168, 168,
        moves=(
            Move("price", 0, 144, 0.11, noise_ratio=0.5),
            Move("oi", 0, 144, 0.012, noise_ratio=0.3),
            Move("price", 144, 168, 0.03, noise_ratio=0.5),
            Move("oi", 144, 168, 0.003, noise_ratio=0.3),
        ),
    ),
    Staged(
        "negative_funding_rising_oi", "BNB", 180, 24, 12,
        moves=(Move("price", 0, 24, -0.005, noise_ratio=0.5), Move("oi", 0, 24, 0.04, noise_ratio=0.1)),
        shifts=(Shift("funding", 0, 24, -0.0005),),
    ),
    # Open interest grows first, so that price and open interest do not diverge by chance before the staged divergence.
    Staged(
        "exit_divergence", "BNB", 156, 60, 60,
        moves=(
            Move("oi", 0, 36, 0.01, noise_ratio=0.1),
            Move("price", 36, 60, 0.03, noise_ratio=0.5),
            Move("oi", 36, 60, -0.03, noise_ratio=0.3),
        ),
    ),
    # No buyers come back after this cascade: the selling has ended.
    Staged(
        "cascade_exhausted", "SOL", 390, 49, 24 + _CASCADE_HOURS,
        moves=(
            Move("price", 0, _CASCADE_HOURS, -0.09, noise_ratio=0.3),
            Move("oi", 0, _CASCADE_HOURS, -0.09, noise_ratio=0.1, liquidated_ratio=0.7),
            Move("price", _CASCADE_HOURS, 24 + _CASCADE_HOURS, -0.01, noise_ratio=0.5),
            Move("oi", _CASCADE_HOURS, 24 + _CASCADE_HOURS, -0.035, noise_ratio=0.3),
        ),
    ),
    Staged(
        "distribution", "SOL", 240, 30, 30,
        moves=(
            Move("price", 0, 30, 0, noise_ratio=0.1),
            Move("oi", 0, 29, 0, noise_ratio=0.2),
            Move("oi", 29, 30, 0.015, noise_ratio=0.2),
        ),
    ),
    Staged(
        "short_squeeze_setup", "SOL", 160, 24, 16,
        shifts=(Shift("funding", 0, 24, 0.0012), Shift("long_share", 0, 24, -0.25)),
    ),
    Staged(
        "oi_ceiling_break", "SOL", 100, 24, 12,
        moves=(Move("oi", 0, 12, 0.01, anchor="highest", anchor_days=30, noise_ratio=0.2),),
        shifts=(Shift("volume", 0, 24, 3.0),),
    ),
    # First bring open interest inside its band for a day, whatever its level before.
    Staged(
        "oi_floor_break", "PEPE", 400, 96, 48,
        moves=(
            Move("oi", 0, 6, 0.025, anchor="lowest", anchor_days=30, noise_ratio=0.2),
            Move("oi", 6, 36, 0, noise_ratio=0.1),
            Move("oi", 36, 48, -0.02, anchor="lowest", anchor_days=30, noise_ratio=0.2),
            Move("oi", 48, 96, 0.05, noise_ratio=0.5),
        ),
    ),
    Staged("venue_listing", "PEPE", 300, 48, 0, venue="hyperliquid"),
    Staged("crowded_market_cap", "PEPE", 150, 96, 48, moves=(Move("oi", 0, 48, 0.25), Move("oi", 72, 96, -0.20))),
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """The scenes that fit into a market, each with the index of the bar end at which it begins."""

    placed: tuple[tuple[int, Staged], ...]

    def levels(self, level: Level, asset: str, venue: str | None, values: Floats) -> Floats:
        """Return the logarithm of a level after all its moves, in the order of the script's scenes and moves."""
        for first, move in self.moves(level, asset, venue):
            values = _moved(values, move, first)
        return values

    def moves(self, level: Level, asset: str, venue: str | None) -> list[tuple[int, Move]]:
        """Return the moves of a level of an asset (on a venue), each with the index at which its scene begins."""
        return [
            (first, move)
            for first, staged in self.placed
            for move in staged.moves
            if move.level == level and staged.asset == asset and move.venue in (None, venue)
        ]

    def offsets(self, quantity: Offset, asset: str, venue: str, count: int) -> Floats:
        """Return the sum of a quantity's shifts at each of ``count`` bar ends."""
        total = np.zeros(count)
        for first, staged in self.placed:
            for shift in staged.shifts:
                if shift.quantity == quantity and staged.asset == asset and shift.venue in (None, venue):
                    starts, ends = span_of(shift, first)
                    # A shift from hour 1 to hour 2 changes the bars inside: the first changed bar end is 01:05.
                    total[starts + 1 : ends + 1] += shift.change
        return total


def stage(script: Sequence[Staged], bar_ends: Instants) -> Stage:
    """Return the scenes of ``script`` that fit, earliest first. Each begins at a full hour."""
    last_hour = len(bar_ends) - 1 - int(bar_ends[-1]) % 3600 // BAR_SECONDS
    places = ((last_hour - _bars(staged.hours_before_end), staged) for staged in script)
    fitting = [(first, staged) for first, staged in places if first >= 0 and staged.hours <= staged.hours_before_end]
    return Stage(tuple(sorted(fitting, key=lambda place: place[0])))


def scenes_of(placed: Stage, bar_ends: Instants, assets: Sequence[str]) -> tuple[Scene, ...]:
    """Return the placed scenes with their instants. A scene of all assets becomes one scene per asset."""

    def scene(first: int, staged: Staged, asset: str) -> Scene:
        at = int(bar_ends[first])
        signal_at = None if staged.signal_hours is None else at + _bars(staged.signal_hours) * BAR_SECONDS
        return Scene(staged.name, asset, staged.venue, at, at + _bars(staged.hours) * BAR_SECONDS, signal_at)

    return tuple(
        scene(first, staged, asset)
        for first, staged in placed.placed
        for asset in (assets if staged.asset is None else [staged.asset])
    )


def outages_of(placed: Stage, bar_ends: Instants) -> tuple[Outage, ...]:
    """Return the stretches in which a venue does not respond."""

    def outage(first: int, staged: Staged) -> Outage:
        if staged.venue is None:
            raise ValueError(f"scene {staged.name!r} has no venue; set the venue that does not respond")
        at = int(bar_ends[first])
        return Outage(staged.venue, at, at + _bars(staged.hours) * BAR_SECONDS)

    return tuple(starmap(outage, (place for place in placed.placed if place[1].name == "venue_outage")))


def span_of(part: Move | Shift, first: int) -> tuple[int, int]:
    """Return the indexes of the first and last bar end of a part of a scene that begins at index ``first``."""
    return first + _bars(part.starts_hours), first + _bars(part.ends_hours)


def _bars(hours: float) -> int:
    return round(hours * BARS_AN_HOUR)


def _moved(values: Floats, move: Move, first: int) -> Floats:
    """Return the values with the move: exact at its start and end, and shifted by a constant after it."""
    starts, ends = span_of(move, first)
    before = values[max(0, starts - move.anchor_days * BARS_A_DAY) : starts + 1]
    anchor = {"start": values[starts], "highest": before.max(), "lowest": before.min()}[move.anchor]
    target = float(anchor + np.log1p(move.change_ratio))
    steps = np.linspace(0.0, 1.0, ends - starts + 1)
    inside = values[starts : ends + 1]
    wobble = inside - (values[starts] + steps * (values[ends] - values[starts]))
    moved = values.copy()
    moved[starts : ends + 1] = values[starts] + steps * (target - values[starts]) + move.noise_ratio * wobble
    moved[ends + 1 :] += target - values[ends]
    return moved
