"""The data that a venue can serve at an instant: its contracts and their values up to that instant.

What belongs here: reading the simulated market in the venue's coins. What does not: a venue's formats (the modules
beside this one).

A venue records nothing during an outage. Its histories never contain the levels of an instant inside the outage, nor
bars that begin inside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from sandbox.exchanges.listed import Listed
from sandbox.market.latent_market import BAR_SECONDS, Floats, Instants, LatentMarket, Liquidation

Level = Literal["oi", "trade", "mark", "index", "long_accounts", "long_positions"]
Price = Literal["trade", "mark", "index"]
Retention = Literal["real"] | timedelta | None

DAY_SECONDS = 86400
# The rate of a new perpetual before its first settlement: the interest component alone.
_FIRST_FUNDING_RATIO = 0.0001


@dataclass(frozen=True)
class Candle:
    """One bar. Prices are per coin of the venue; ``turnover_usd`` is the volume at the prices of its trades."""

    starts_at: int
    ends_at: float
    open: float
    high: float
    low: float
    close: float
    volume_base: float
    taker_buy_base: float
    turnover_usd: float
    taker_buy_usd: float


@dataclass(frozen=True)
class View:
    """A venue's contracts at ``now`` (UTC seconds).

    ``retention`` bounds the histories: the venue's real retention ('real'), a fixed span, or no bound (None).
    Histories contain no rows that are younger than ``withheld_seconds``.
    """

    market: LatentMarket
    venue: str
    listed: tuple[Listed, ...]
    now: float
    retention: Retention
    withheld_seconds: float = 0.0

    @property
    def trading(self) -> list[Listed]:
        """The contracts that trade now."""
        return [one for one in self.listed if self._is_alive(one, self.now)]

    def find(self, symbol: str) -> Listed | None:
        """Return the contract of a symbol that was listed at or before ``now``, else None."""
        found = (one for one in self.listed if one.symbol == symbol and one.contract.listed_at <= self.now)
        return next(found, None)

    def level(self, one: Listed, level: Level, at: float) -> float:
        """Return a level at an instant, in the venue's coins."""
        levels, factor = _levels(one, level)
        # Two array look-ups: np.interp over the whole array, once per row of a page, takes a hundred times longer.
        position = min(max((at - int(self.market.bar_ends[0])) / BAR_SECONDS, 0.0), len(levels) - 1.0)
        before = int(position)
        value = float(levels[before])
        if position > before:
            value += (position - before) * (float(levels[before + 1]) - value)
        return value * factor

    def usd(self, one: Listed, at: float) -> float:
        """Return one-sided open interest in USD at the mark price."""
        return self.level(one, "oi", at) * self.level(one, "mark", at)

    def contracts(self, one: Listed, at: float) -> float:
        """Return one-sided open interest in contracts."""
        return one.contracts(self.level(one, "oi", at), self.level(one, "mark", at))

    def labels(
        self, one: Listed, step: int, since: float, until: float, *,
        kept: timedelta | None = None, lag: int = 0, offset: int = 0,
    ) -> list[int]:  # fmt: skip
        """Return the labels of a history of levels from ``since`` to ``until``, both included, oldest first.

        Args:
            one: The contract.
            step: Seconds between labels.
            since: The first requested instant.
            until: The last requested instant.
            kept: The venue's real retention of this history.
            lag: Seconds from a label to the instant of its value (for venues that label the start of a bar).
            offset: Start of the label grid, in seconds after midnight UTC.
        """
        contract = one.contract
        begins = max(since, self.oldest(kept), contract.listed_at - lag, int(self.market.bar_ends[0]) - lag)
        dies = np.inf if contract.expires_at is None else contract.expires_at
        ends = min(until, self.now - self.withheld_seconds - lag, dies - lag, int(self.market.bar_ends[-1]) - lag)
        return [at for at in _grid(begins, ends, step, offset) if not self._is_out(at + lag)]

    def candles(
        self, one: Listed, price: Price, step: int, since: float, until: float, *,
        kept: timedelta | None = None, offset: int = 0,
    ) -> list[Candle]:  # fmt: skip
        """Return the bars that begin between ``since`` and ``until``, oldest first; the last can be unfinished."""
        contract = one.contract
        begins = max(since, self.oldest(kept), contract.listed_at, int(self.market.bar_ends[0]))
        closes = min(
            self.now, int(self.market.bar_ends[-1]), np.inf if contract.expires_at is None else contract.expires_at
        )
        last = closes - 1e-3 if not self.withheld_seconds else self.now - self.withheld_seconds - step
        starts = [at for at in _grid(begins, min(until, last), step, offset) if not self._is_out(at)]
        return list(self._bars(one, price, np.array(starts, dtype=np.int64), step, closes)) if starts else []

    def settlements(
        self, one: Listed, since: float, until: float, *, kept: timedelta | None = None
    ) -> list[tuple[int, float]]:
        """Return instant and rate of each settlement from ``since`` to ``until``, both included, oldest first."""
        if one.contract.funding is None:
            return []
        first, last = max(since, self.oldest(kept)), min(until, self.now - self.withheld_seconds)
        instants = one.contract.funding.instants
        inside = (instants >= first) & (instants <= last)
        return list(zip(instants[inside].tolist(), one.contract.funding.rate_ratio[inside].tolist(), strict=True))

    def funding_ratio(self, one: Listed) -> float:
        """Return the estimate of the next rate. The sandbox uses the last settled rate."""
        settled = self.settlements(one, -np.inf, self.now)
        return settled[-1][1] if settled else _FIRST_FUNDING_RATIO

    def next_funding_at(self, one: Listed) -> int:
        """Return the instant of the next settlement."""
        interval = self.funding_seconds(one)
        return (int(self.now) // interval + 1) * interval

    def funding_seconds(self, one: Listed) -> int:
        """Return the length of a funding interval."""
        if one.contract.funding is None:
            raise ValueError(f"{one.symbol} of {self.venue} is a dated contract without funding; pass a perpetual")
        return one.contract.funding.interval_hours * 3600

    def liquidations(self, one: Listed, since: float, until: float) -> list[Liquidation]:
        """Return the forced closes from ``since`` to ``until``, both included, oldest first."""
        last = min(until, self.now - self.withheld_seconds)
        return [
            closed for closed in one.contract.liquidations if since <= closed.at <= last and not self._is_out(closed.at)
        ]

    def day(self, one: Listed) -> Candle:
        """Return the last 24 hours as one bar."""
        begins = max(int(self.now) - DAY_SECONDS, int(self.market.bar_ends[0]))
        starts = np.array([begins], dtype=np.int64)
        return next(self._bars(one, "trade", starts, DAY_SECONDS, self.now))

    def scene_begins(self, name: str) -> float:
        """Return the start of the venue's first scene of this name, or infinity when it has none."""
        begins = (scene.begins_at for scene in self.market.scenes if (scene.name, scene.venue) == (name, self.venue))
        return min(begins, default=np.inf)

    def oldest(self, kept: timedelta | None) -> float:
        """Return the first instant of a history that the venue keeps for ``kept`` (None: for ever)."""
        span = kept if self.retention == "real" else self.retention
        return -np.inf if span is None else self.now - span.total_seconds()

    def _is_alive(self, one: Listed, at: float) -> bool:
        contract = one.contract
        return contract.listed_at <= at and (contract.expires_at is None or at < contract.expires_at)

    def _is_out(self, at: float) -> bool:
        return any(out.venue == self.venue and out.begins_at <= at < out.ends_at for out in self.market.outages)

    def _bars(self, one: Listed, price: Price, starts: Instants, step: int, closes: float) -> Iterator[Candle]:
        ends = np.minimum(starts + step, closes)
        # Use only the part of the arrays that these bars need: one page must not read the whole market.
        first_end = int(np.searchsorted(self.market.bar_ends, starts[0], "right")) - 1
        last_end = int(np.searchsorted(self.market.bar_ends, ends[-1], "left"))
        bar_ends, (latent, factor) = self.market.bar_ends[first_end : last_end + 1], _levels(one, price)
        levels = latent[first_end : last_end + 1] * factor
        opened, closed = np.interp(starts, bar_ends, levels), np.interp(ends, bar_ends, levels)
        first, last = np.searchsorted(bar_ends, starts, "right"), np.searchsorted(bar_ends, ends, "left")
        flows = [_flow(bar_ends, per_bar, starts, ends) for per_bar in _flows(one, first_end, last_end)]
        for i in range(len(starts)):
            path = (opened[i], closed[i], *levels[first[i] : last[i]].tolist())
            yield Candle(
                int(starts[i]), float(ends[i]), float(opened[i]), float(max(path)), float(min(path)), float(closed[i]),
                *(float(flow[i]) for flow in flows),
            )  # fmt: skip


def _levels(one: Listed, level: Level) -> tuple[Floats, float]:
    """Return a level in the market's units, and the factor that converts it to the venue's coins."""
    contract = one.contract
    return {
        "oi": (contract.oi_base, 1 / one.coins),
        "trade": (contract.trade_usd, one.coins),
        "mark": (contract.mark_usd, one.coins),
        "index": (contract.index_usd, one.coins),
        "long_accounts": (contract.long_account_ratio, 1.0),
        "long_positions": (contract.long_position_ratio, 1.0),
    }[level]


def _flows(one: Listed, first_end: int, last_end: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return volume and taker buys of each bar between two bar ends: in the venue's coins, then in USD."""
    contract, bars = one.contract, slice(first_end, last_end)
    prices = contract.trade_usd[first_end : last_end + 1]
    price = (prices[:-1] + prices[1:]) / 2
    volume, bought = contract.volume_base[bars], contract.taker_buy_base[bars]
    return volume / one.coins, bought / one.coins, volume * price, bought * price


def _flow(bar_ends: Instants, per_bar: Floats, starts: Instants, ends: Floats) -> Floats:
    """Return the flow from each start to its end. A partly covered bar of the market counts in proportion.

    The flow of a bar is the same to the last digit in every request. Otherwise two overlapping pages would look like a
    restatement.
    """
    first, last = np.searchsorted(bar_ends, starts, "right") - 1, np.searchsorted(bar_ends, ends, "left")
    touched = np.add.reduceat(np.append(per_bar, 0.0), np.column_stack([first, last]).ravel())[::2]
    before = per_bar[first] * (starts - bar_ends[first]) / BAR_SECONDS
    after = per_bar[last - 1] * (bar_ends[last] - ends) / BAR_SECONDS
    return np.asarray(touched - before - after)


def _grid(begins: float, ends: float, step: int, offset: int) -> range:
    if begins > ends:
        return range(0)
    first = int(-(-(begins - offset) // step)) * step + offset
    return range(first, int(ends) + 1, step)
