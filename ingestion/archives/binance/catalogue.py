"""The files of the Binance archive and their paths: a request becomes a list of files. Pure, no I/O.

What belongs here: names, paths and periods of files. What does not: fetching them, and the meaning of their rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from common.errors import InputError

Market = Literal["um", "cm"]
ArchiveDataset = Literal["metrics", "klines", "markPriceKlines", "indexPriceKlines", "fundingRate"]
Granularity = Literal["daily", "monthly"]

# The archive also has 1mo bars. They are left out, because a month has no fixed length in seconds.
INTERVAL_SECONDS = {
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14400,
    "6h": 21600,
    "8h": 28800,
    "12h": 43200,
    "1d": 86400,
    "3d": 259200,
    "1w": 604800,
}

_GRANULARITIES: dict[str, tuple[str, ...]] = {
    "metrics": ("daily",),
    "klines": ("daily", "monthly"),
    "markPriceKlines": ("daily", "monthly"),
    "indexPriceKlines": ("daily", "monthly"),
    "fundingRate": ("monthly",),
}
# The collector by market and dataset. Klines have one collector for each interval: this name and the interval.
_COLLECTORS = {
    ("um", "metrics"): "binance_archive_um_metrics",
    ("um", "klines"): "binance_archive_um_klines",
    ("um", "markPriceKlines"): "binance_archive_um_mark_price_klines",
    ("um", "indexPriceKlines"): "binance_archive_um_index_price_klines",
    ("um", "fundingRate"): "binance_archive_um_funding_rate",
    ("cm", "metrics"): "binance_archive_cm_metrics",
    ("cm", "klines"): "binance_archive_cm_klines",
    ("cm", "markPriceKlines"): "binance_archive_cm_mark_price_klines",
    ("cm", "fundingRate"): "binance_archive_cm_funding_rate",
}
# Binance names a few instruments in Chinese, so the pattern is \w and not A-Z.
_SYMBOL = re.compile(r"\w+")
_COIN_QUOTED = re.compile(r".+(BTC|ETH|BNB)(_\d{6})?")


@dataclass(frozen=True)
class ArchiveRequest:
    """A request for files of the archive.

    ``symbols`` are native (``BTCUSDT``, ``BTCUSD_PERP``). ``last_day`` is included. ``interval`` (``5m``) is for klines
    only. With ``monthly`` granularity the request covers every month from that of the first day to that of the last.

    Raises InputError when a value is wrong or the archive has no files of this kind.
    """

    market: Market
    dataset: ArchiveDataset
    symbols: tuple[str, ...]
    first_day: date
    last_day: date
    granularity: Granularity = "daily"
    interval: str | None = None

    def __post_init__(self) -> None:
        """Check every value, because the values come from a command line."""
        _require("market", self.market, get_args(Market))
        _require("dataset", self.dataset, get_args(ArchiveDataset))
        _require(f"granularity of {self.dataset}", self.granularity, _GRANULARITIES[self.dataset])
        if self.dataset.lower().endswith("klines"):
            _require(f"interval of {self.dataset}", self.interval, tuple(INTERVAL_SECONDS))
        elif self.interval is not None:
            raise InputError(f"interval {self.interval}: {self.dataset} files have no interval; leave it out")
        if self.market == "cm" and self.dataset == "indexPriceKlines":
            raise InputError("indexPriceKlines of cm are about a pair, not an instrument; request those of um")
        if self.first_day > self.last_day:
            raise InputError(f"first day {self.first_day} is after last day {self.last_day}; swap them")
        if not self.symbols:
            raise InputError("no symbols; name at least one, such as BTCUSDT")
        for symbol in self.symbols:
            self._check_symbol(symbol)

    def _check_symbol(self, symbol: str) -> None:
        if not _SYMBOL.fullmatch(symbol) or symbol != symbol.upper():
            raise InputError(f"symbol {symbol!r}: not a native symbol; write it as the archive does, such as BTCUSDT")
        if self.market == "um" and _COIN_QUOTED.fullmatch(symbol):
            raise InputError(f"symbol {symbol}: its price is in a coin, and this warehouse needs USD; leave it out")


@dataclass(frozen=True)
class ArchiveFile:
    """One zip of the archive: a symbol's rows of one day or month, which starts on ``first_day``."""

    market: Market
    dataset: ArchiveDataset
    symbol: str
    granularity: Granularity
    interval: str | None
    first_day: date

    @property
    def path(self) -> str:
        """Path below the archive's root, the same on the site and in a mirror."""
        stem = self.interval or self.dataset
        folder = f"data/futures/{self.market}/{self.granularity}/{self.dataset}/{self.symbol}"
        period = f"{self.first_day:%Y-%m-%d}" if self.granularity == "daily" else f"{self.first_day:%Y-%m}"
        return "/".join(filter(None, (folder, self.interval, f"{self.symbol}-{stem}-{period}.zip")))

    @property
    def collector(self) -> str:
        """The name of the series. Daily and monthly files are observations of the same series."""
        series = _COLLECTORS[self.market, self.dataset]
        return f"{series}_{self.interval}" if self.interval else series

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Start and end of the days that the file covers (UTC, naive). The end is the midnight after the last day."""
        last = self.first_day if self.granularity == "daily" else _next_month(self.first_day) - timedelta(days=1)
        return datetime.combine(self.first_day, time()), datetime.combine(last + timedelta(days=1), time())


def plan(request: ArchiveRequest) -> list[ArchiveFile]:
    """Return the files of ``request`` without repetition, ordered by symbol and then by time."""
    return [
        ArchiveFile(request.market, request.dataset, symbol, request.granularity, request.interval, first_day)
        for symbol in dict.fromkeys(request.symbols)
        for first_day in _first_days(request)
    ]


def _first_days(request: ArchiveRequest) -> Iterator[date]:
    """Yield the first day of every file's period."""
    day = request.first_day if request.granularity == "daily" else request.first_day.replace(day=1)
    while day <= request.last_day:
        yield day
        day = day + timedelta(days=1) if request.granularity == "daily" else _next_month(day)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _require(what: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"{what} is {value}; give one of {', '.join(allowed)}")
