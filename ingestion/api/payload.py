"""Reading fields of a venue's response. A missing field or a wrong type raises an error that names the field.

What belongs here: one field to one Python value. What does not: the meaning of a field (the venue's module).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from common.errors import InputError
from ingestion.api.damaged_rows import each
from ingestion.api.rows import Prices
from ingestion.records import PositionSide

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- instants are UTC and naive throughout

# The smallest count whose size shows its unit: seconds in 1973. Each unit with the count at which the next one begins.
_FIRST_COUNT = 1e8
_UNIT_ENDS = (("s", 1e11), ("ms", 1e14), ("us", 1e17))
_SHOWN_CHARACTERS = 120
_CHANGED = "the response's format has changed"


def rows(payload: Any, *path: str | int) -> Sequence[Any]:
    """Return the list at ``path`` of ``payload``. Raises InputError when there is none.

    A loop over the list is a loop over rows (damaged_rows.py); ``len`` and places are those of all elements.
    """
    value = payload
    for step in path:
        value = _step(value, step)
    if not isinstance(value, list):
        raise InputError(f"expected a list at {_place(path)}, the response has {_shown(value)}; {_CHANGED}")
    return _Rows(value)


class _Rows(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return each(super().__iter__())


def rows_or_one(payload: Any, key: str) -> Sequence[Any]:
    """Return the list at ``key``; an object there counts as a list of one. Raises InputError when there is neither.

    Venues have sent both forms on one stream: Gate documents a list, and sent single objects in August 2026.
    """
    value = _step(payload, key)
    return [value] if isinstance(value, dict) else rows(payload, key)


def mapping(payload: Any, *path: str | int) -> Mapping[str, Any]:
    """Return the object at ``path`` of ``payload``. Raises InputError when there is none."""
    value = payload
    for step in path:
        value = _step(value, step)
    if not isinstance(value, dict):
        raise InputError(f"expected an object at {_place(path)}, the response has {_shown(value)}; {_CHANGED}")
    return value


def number(row: Any, key: str | int) -> float | None:
    """Return the finite number at ``key``; None where the venue leaves it empty (null or an empty text).

    Raises InputError when the field is missing or holds anything else.
    """
    value = _step(row, key)
    if value is None or value == "":
        return None
    try:
        parsed = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
    except ValueError:
        parsed = None
    if parsed is None or not isfinite(parsed):
        raise InputError(f"field {key} holds {_shown(value)}; expected a number; {_CHANGED}")
    return parsed


def text(row: Any, key: str | int) -> str:
    """Return the text at ``key``. Raises InputError when the field is missing, empty or not a text."""
    value = _step(row, key)
    if not isinstance(value, str) or not value:
        raise InputError(f"field {key} holds {_shown(value)}; expected a text; {_CHANGED}")
    return value


def instant(row: Any, key: str | int, *, unit: str = "ms") -> datetime:
    """Return the instant (UTC, naive) that field ``key`` counts since 1970 in ``unit`` ('s', 'ms', 'us' or 'ns').

    ``unit`` is the documented one. A venue may change it, so the size of the number decides: from 1973 to 5138, a count
    in one unit is not a count in another. Only a count that is smaller in every unit is read in ``unit``.
    """
    value = number(row, key)
    if value is None:
        raise InputError(f"field {key} is empty; expected a time in {unit} since 1970; {_CHANGED}")
    # A whole number stays an int, because a float of nanoseconds is not exact to the microsecond.
    raw = _step(row, key)
    count = int(raw) if isinstance(raw, int) or (isinstance(raw, str) and raw.lstrip("-").isdigit()) else value
    if abs(count) >= _FIRST_COUNT:
        unit = next((unit for unit, end in _UNIT_ENDS if abs(count) < end), "ns")
    microseconds = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1e-3}[unit]
    try:
        return _EPOCH + timedelta(microseconds=round(count * microseconds))
    except OverflowError as error:
        raise InputError(
            f"field {key} holds {_shown(raw)}; expected a time in {unit} since 1970; {_CHANGED}"
        ) from error


def iso_instant(row: Any, key: str | int) -> datetime:
    """Return the instant (UTC, naive) of field ``key``, a text in ISO 8601 with a zone."""
    value = text(row, key)
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError as error:
        raise InputError(f"field {key} holds {_shown(value)}; expected a time in ISO 8601; {_CHANGED}") from error
    if parsed.tzinfo is None:
        raise InputError(f"field {key} holds {_shown(value)}; expected a time with a zone; {_CHANGED}")
    return parsed.astimezone(UTC).replace(tzinfo=None)


def prices(bar: Any, open_: str | int, high: str | int, low: str | int, close: str | int) -> Prices:
    """Return the four prices of ``bar`` at the named fields, each as :func:`number` does."""
    return number(bar, open_), number(bar, high), number(bar, low), number(bar, close)


def side_closed_by(order: Any, key: str) -> PositionSide:
    """Return the side of the position that the order at ``key`` closes: a sell closes a long."""
    return "long" if _is_sell(order, key) else "short"


def side_of_position(position: Any, key: str) -> PositionSide:
    """Return the side of the position at ``key``. The venue states the order that opened it: a buy opened a long."""
    return "short" if _is_sell(position, key) else "long"


def quantity(row: Any, key: str) -> float:
    """Return the quantity at ``key``. Raises InputError when it is empty or negative."""
    value = number(row, key)
    if value is None or value < 0:
        raise InputError(f"field {key} holds {row[key]!r}; expected a quantity; {_CHANGED}")
    return value


def milliseconds(at: datetime) -> int:
    """Return ``at`` (UTC, naive) as whole milliseconds since 1970, for a request."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _is_sell(row: Any, key: str) -> bool:
    side = text(row, key).lower()
    if side not in {"buy", "sell"}:
        raise InputError(f"field {key} holds {row[key]!r}; expected buy or sell; {_CHANGED}")
    return side == "sell"


def _step(value: Any, key: str | int) -> Any:
    if isinstance(key, int):
        if not isinstance(value, list) or not -len(value) <= key < len(value):
            raise InputError(f"no element {key} in {_shown(value)}; {_CHANGED}")
        return value[key]
    if not isinstance(value, dict) or key not in value:
        raise InputError(f"no field {key} in {_shown(value)}; {_CHANGED}")
    return value[key]


def _place(path: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in path) or "the top"


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."
