"""What is staged in the sandbox, so that every metric and signal has something to find, and how a move is brought in.

What belongs here: the script, as data, and the two ways in which it changes an array. What does not: the market around
it (simulation.py).

A scene is placed by hours before the last full hour of the market, its moves by hours after its own begin. Each asset
has its own sequence, so that scenes of one asset do not overlap. A scene that would begin before the market is left
out.
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
    """A level that goes to where it is told over some hours, with ``noise_ratio`` of its own wobble on the way.

    It ends at ``1 + change_ratio`` times its value at the start, or times its highest or lowest value over the
    ``anchor_days`` before. ``liquidated_ratio`` of the open interest that is closed is closed by force, on
    ``liquidated_side``. A move of one ``venue`` leaves the others alone.
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
    """Something that is higher or lower by ``change`` for some hours, and then again as it would have been.

    ``funding`` is a rate of 8 hours, ``premium`` a fraction of the price, ``basis`` a fraction a year, ``long_share`` a
    fraction of the accounts; of ``volume`` the change is a multiple.
    """

    quantity: Offset
    starts_hours: float
    ends_hours: float
    change: float
    venue: str | None = None


@dataclass(frozen=True)
class Staged:
    """One scene of the script. ``asset`` None means all of them, ``venue`` None all venues.

    ``signal_hours`` after its begin it shows in everything that is published, settled funding included.
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
    # Longs are closed by force; those who remain hold, and buyers come back.
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
    # Dated contracts of one venue become dear beside the index.
    Staged(
        "spread_stretched", "BTC", 320, 24, 1, venue="bybit",
        shifts=(Shift("basis", 0, 24, 0.25, venue="bybit"),),
    ),
    # One venue grows alone while its price lags the others: money comes in against the discount.
    Staged(
        "arbitrage_inflow", "BTC", 280, 8, 2, venue="hyperliquid",
        moves=(
            Move("oi", 0, 8, 0, noise_ratio=0.2),
            Move("oi", 1, 2, 0.04, noise_ratio=0.2, venue="hyperliquid"),
            Move("oi", 2, 8, -0.005, noise_ratio=0.2, venue="hyperliquid"),
        ),
        shifts=(Shift("premium", 1, 2, -0.003, venue="hyperliquid"),),
    ),
    # Open interest at its highest under a price that does not follow, shorts paying, then the longs go.
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
    # Positions are closed over four days while the price holds, then built again, and then the range breaks.
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
            # Less than 0.1 % of open interest by force: shorts that buy back, and no cascade of an hour.
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
    # First both days grow, so that nothing diverges by chance when it begins to.
    Staged(
        "exit_divergence", "BNB", 156, 60, 60,
        moves=(
            Move("oi", 0, 36, 0.01, noise_ratio=0.1),
            Move("price", 36, 60, 0.03, noise_ratio=0.5),
            Move("oi", 36, 60, -0.03, noise_ratio=0.3),
        ),
    ),
    # After this one nobody comes back: the selling has run its course.
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
    # First open interest is inside its band for a day, wherever it comes from.
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
    """The scenes that have room in a market, with the mark at which each begins, by index."""

    placed: tuple[tuple[int, Staged], ...]

    def levels(self, level: Level, asset: str, venue: str | None, values: Floats) -> Floats:
        """Return the logarithm of a level after all moves of it, in the order of the script's scenes and moves."""
        for first, move in self.moves(level, asset, venue):
            values = _moved(values, move, first)
        return values

    def moves(self, level: Level, asset: str, venue: str | None) -> list[tuple[int, Move]]:
        """Return the moves of a level of an asset (on a venue), each with the mark at which its scene begins."""
        return [
            (first, move)
            for first, staged in self.placed
            for move in staged.moves
            if move.level == level and staged.asset == asset and move.venue in (None, venue)
        ]

    def offsets(self, quantity: Offset, asset: str, venue: str, marks: int) -> Floats:
        """Return what the shifts of a quantity add to it at each mark."""
        total = np.zeros(marks)
        for first, staged in self.placed:
            for shift in staged.shifts:
                if shift.quantity == quantity and staged.asset == asset and shift.venue in (None, venue):
                    starts, ends = span_of(shift, first)
                    # From the first bar on: a shift from hour 1 to hour 2 shows at the marks that end bars in there.
                    total[starts + 1 : ends + 1] += shift.change
        return total


def stage(script: Sequence[Staged], marks: Instants) -> Stage:
    """Return the scenes of ``script`` that have room, the earliest first, each from a full hour on."""
    last_hour = len(marks) - 1 - int(marks[-1]) % 3600 // BAR_SECONDS
    places = ((last_hour - _bars(staged.hours_before_end), staged) for staged in script)
    fitting = [(first, staged) for first, staged in places if first >= 0 and staged.hours <= staged.hours_before_end]
    return Stage(tuple(sorted(fitting, key=lambda place: place[0])))


def scenes_of(placed: Stage, marks: Instants, assets: Sequence[str]) -> tuple[Scene, ...]:
    """Return the scenes as they took place; one of all assets is one scene for each."""

    def scene(first: int, staged: Staged, asset: str) -> Scene:
        at = int(marks[first])
        signal_at = None if staged.signal_hours is None else at + _bars(staged.signal_hours) * BAR_SECONDS
        return Scene(staged.name, asset, staged.venue, at, at + _bars(staged.hours) * BAR_SECONDS, signal_at)

    return tuple(
        scene(first, staged, asset)
        for first, staged in placed.placed
        for asset in (assets if staged.asset is None else [staged.asset])
    )


def outages_of(placed: Stage, marks: Instants) -> tuple[Outage, ...]:
    """Return the stretches in which a venue answers nothing."""

    def outage(first: int, staged: Staged) -> Outage:
        if staged.venue is None:
            raise ValueError(f"scene {staged.name!r} names no venue; say which one does not answer")
        at = int(marks[first])
        return Outage(staged.venue, at, at + _bars(staged.hours) * BAR_SECONDS)

    return tuple(starmap(outage, (place for place in placed.placed if place[1].name == "venue_outage")))


def span_of(part: Move | Shift, first: int) -> tuple[int, int]:
    """Return the first and the last mark of a part of a scene that begins at mark ``first``."""
    return first + _bars(part.starts_hours), first + _bars(part.ends_hours)


def _bars(hours: float) -> int:
    return round(hours * BARS_AN_HOUR)


def _moved(values: Floats, move: Move, first: int) -> Floats:
    """Return the values with the move: pinned at its two ends, and shifted for good after it."""
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
