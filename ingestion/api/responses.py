"""The choice of the rows that a parser reads: those of the followed instruments, or those of the requested one.

What belongs here: choosing rows. What does not: reading their fields (payload.py), making rows of a dataset (rows.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from common.errors import InputError
from ingestion.api.damaged_rows import each, note_symbol
from ingestion.api.feed import Instrument, Response
from ingestion.api.payload import text


def followed_rows(
    response: Response, listed: Iterable[Any], symbol_field: str
) -> Iterator[tuple[Instrument, Mapping[str, Any]]]:
    """Yield the rows of ``listed`` whose ``symbol_field`` names a followed instrument, each with that instrument.

    Raises InputError when a row does not name its instrument.
    """
    for row in each(listed):
        instrument = response.instruments.get(text(row, symbol_field))
        if instrument is not None:
            note_symbol(instrument.symbol)
            yield instrument, row


def own_rows(listed: Iterable[Any], **expected: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of ``listed``, the response to a request about one instrument.

    ``expected`` maps the fields that name the instrument to their values, as in ``own_rows(listed, symbol="BTCUSDT")``.
    Raises InputError when a row is of another instrument, so that its numbers never get this instrument's name.
    """
    for row in each(listed):
        refuse_another(row, **expected)
        yield row


def refuse_another(row: Any, **expected: str) -> None:
    """Raise InputError when a field of ``row`` does not have its ``expected`` value."""
    for field, value in expected.items():
        if text(row, field) != value:
            raise InputError(
                f"requested {field} {value}, the response is about {row[field]}; look the contract up again"
            )
