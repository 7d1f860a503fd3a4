"""One reader per dataset: it makes a row of the dataset from named fields of the source's own row.

What belongs here: the step that most parsers share, reading fields and constructing a row. What does not: the columns
of a dataset (rows.py), the reading of one field (payload.py).

The first three arguments of every reader are the same: ``symbol``; ``stamped_at``, the source's time label (UTC,
naive); ``row``, the source's own row, which becomes the payload. The arguments that name fields are keys of ``row``;
None stands for a field that the source does not have. Every reader raises InputError when a field is missing or is no
number.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from ingestion.api.payload import instant, number, prices
from ingestion.api.rows import Row, candle, funding_rate, long_short_ratio, open_interest
from ingestion.records import PriceKind, RatioBasis, Unit

Key: TypeAlias = str | int

_HOUR = timedelta(hours=1)


def read_open_interest(
    symbol: str,
    stamped_at: datetime,
    row: Any,
    field: str,
    unit: Unit,
    *,
    value_usd: Key | None = None,
    price_usd: Key | None = None,
) -> Row:
    """Return the level of open interest at ``field``, in ``unit``, with the value and the price in USD beside it."""
    return open_interest(
        symbol,
        stamped_at,
        row,
        native_field=field,
        oi_native=number(row, field),
        native_unit=unit,
        value_usd_native=_optional(row, value_usd),
        price_usd_native=_optional(row, price_usd),
    )


def read_candle(
    symbol: str,
    stamped_at: datetime,
    row: Any,
    ohlc: tuple[Key, Key, Key, Key],
    *,
    price_kind: PriceKind = "trade",
    volume: Key | None = None,
    unit: Unit | None = None,
    turnover_usd: Key | None = None,
) -> Row:
    """Return the bar with its prices (open, high, low, close) at ``ohlc``, in USD, and its ``volume`` in ``unit``."""
    return candle(
        symbol,
        stamped_at,
        row,
        prices_usd=prices(row, *ohlc),
        price_kind=price_kind,
        volume_native=_optional(row, volume),
        native_unit=unit,
        turnover_usd=_optional(row, turnover_usd),
    )


def read_funding_rate(
    symbol: str, stamped_at: datetime, row: Any, field: Key, *, is_settled: bool, hours: float | None = None
) -> Row:
    """Return the funding rate at ``field``, a fraction per interval of ``hours``.

    None, or a number that is not above 0, means that the source states no interval.
    """
    stated = hours if hours is not None and hours > 0 else None
    return funding_rate(
        symbol, stamped_at, row, rate_native=number(row, field), funding_interval_hours=stated, is_settled=is_settled
    )


def hours_between(row: Any, begin: str, end: str) -> float | None:
    """Return the hours from the instant at ``begin`` to that at ``end``; None where the source leaves one empty."""
    if number(row, begin) is None or number(row, end) is None:
        return None
    return (instant(row, end) - instant(row, begin)) / _HOUR


def read_ratio(
    symbol: str,
    stamped_at: datetime,
    row: Any,
    basis: RatioBasis,
    long_short: tuple[Key, Key] | None = None,
    *,
    unit: Literal["fraction", "percent", "base"] = "fraction",
    ratio: Key | None = None,
) -> Row:
    """Return the long and the short part at ``long_short`` in ``unit``, and long / short at ``ratio``."""
    long, short = long_short or (None, None)
    return long_short_ratio(
        symbol,
        stamped_at,
        row,
        basis=basis,
        long_native=_optional(row, long),
        short_native=_optional(row, short),
        native_unit=unit,
        ratio_native=_optional(row, ratio),
    )


def _optional(row: Any, key: Key | None) -> float | None:
    return None if key is None else number(row, key)
