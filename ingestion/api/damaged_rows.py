"""Reading a response row by row: a row that cannot be read costs no other row.

A parser is a generator over the rows of a response, and an error ends it. So the loops over rows (`each`) note at which
row they are. After an error the response is read again without that row.

What belongs here: noting, leaving out and naming damaged rows. What does not: reading a field (payload.py).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from common.errors import InputError
from ingestion.records import EARLIEST_STAMP, LONGEST_AHEAD

if TYPE_CHECKING:
    from ingestion.api.feed import Reading, Response
    from ingestion.api.rows import Row

T = TypeVar("T")

_SHOWN_CHARACTERS = 80


@dataclass
class _Place:
    """The row at which a parser is, its contract if known, and the identities of the damaged rows."""

    row: Any = None
    symbol: str | None = None
    damaged: set[object] = field(default_factory=set)


_PLACE: ContextVar[_Place | None] = ContextVar("place", default=None)


def each(listed: Iterable[T]) -> Iterator[T]:
    """Yield the elements of ``listed`` without the damaged ones, and note each row in turn.

    A row is an object, a list, or, where a response has columns, the number of a place in a ``range``. Other elements
    are values within a row.
    """
    place = _PLACE.get()
    if place is None:
        yield from listed
        return
    outer = place.row, place.symbol
    for element in listed:
        if not isinstance(listed, range) and not isinstance(element, dict | list):
            yield element
        elif _identity(element) not in place.damaged:
            place.row, place.symbol = element, None
            yield element
    place.row, place.symbol = outer


def _identity(row: object) -> object:
    return row if isinstance(row, int) else ("id", id(row))


def note_symbol(symbol: str) -> None:
    """Note the contract of the current row, so that an error can name it."""
    if place := _PLACE.get():
        place.symbol = symbol


def read_rows(parse: "Callable[[Response], Iterable[Row]]", response: "Response") -> "tuple[list[Row], list[str]]":
    """Return the rows that ``parse`` reads from ``response``, and a line for each row that it cannot read.

    A time label before 2015, or more than a day after the response, is an error of its row. Raises InputError when the
    error belongs to no single row, or when no row is sound: then the format has changed.
    """
    place = _Place()
    token = _PLACE.set(place)
    errors: list[InputError] = []
    lines: list[str] = []
    try:
        while True:
            place.row = place.symbol = None
            try:
                rows = list(parse(response))
                break
            except InputError as error:
                if place.row is None:
                    raise (InputError(lines[0]) if lines else error) from error
                errors.append(error)
                lines.append(f"{_named(place)}: {error}")
                place.damaged.add(_identity(place.row))
    finally:
        _PLACE.reset(token)
    sound = []
    for row in rows:
        if EARLIEST_STAMP <= row["stamped_at"] <= response.received_at + LONGEST_AHEAD:
            sound.append(row)
        else:
            errors.append(InputError(f"the time label {row['stamped_at']} cannot be true"))
            lines.append(f"{row['symbol']}: {errors[-1]}")
    if errors and not sound:
        raise InputError(lines[0]) from errors[0]
    return sound, lines


def read_all(
    readings: "Sequence[Reading]", response: "Response", *, is_snapshot: bool
) -> "tuple[list[tuple[Reading, list[Row]]], list[str]]":
    """Return the rows of each of ``readings`` of one response, and a line for each row or reading that is unreadable.

    A failed reading of current values (``is_snapshot``) costs no other one: they cannot be requested later. A page of a
    history can, so it is read as a whole. Raises InputError when that fails, or when no reading succeeds.
    """
    parsed, lines, refused = [], [], []
    for reading in readings:
        try:
            rows, damaged = read_rows(reading.parse, response)
        except InputError as error:
            refused.append(error)
            if not is_snapshot or len(refused) == len(readings):
                raise refused[0] from None
            lines.append(f"{error} ({reading.collector} has no row)")
            continue
        parsed.append((reading, rows))
        lines += damaged
    return parsed, lines


def _named(place: _Place) -> str:
    shown = repr(place.row)
    return place.symbol or f"row {shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + '...'}"
