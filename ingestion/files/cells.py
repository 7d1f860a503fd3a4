"""Cells to numbers, words and JSON, a whole column at a time.

What belongs here: the value of a cell. What does not: times (times.py) and records (parser.py).
"""

import json
from collections.abc import Sequence
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InputError
from ingestion.files.reader import Source

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_NUMERIC = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
_CONTROL = r"[\x00-\x1f]"


def blank(cells: pa.Array) -> pa.Array:
    """Return a mask of the ``cells`` that are NULL or hold only white space."""
    if pa.types.is_string(cells.type):
        cells = pc.if_else(pc.equal(pc.utf8_trim_whitespace(cells), ""), pa.scalar(None, pa.string()), cells)
    return cells.is_null()


def numbers(source: Source, column: str, *, empty: Literal["missing", "reject"]) -> pa.Array:
    """Return ``column`` as float64. An empty cell is NULL, or an error when ``empty`` is ``reject``.

    Raises InputError, which names the cell, when a cell is not a finite number.
    """
    cells = source.column(column)
    if not (pa.types.is_string(cells.type) or _is_numeric(cells.type)):
        raise InputError(f"{source.name}: column {column} holds {cells.type}, not numbers; name another column")
    if empty == "reject":
        source.refuse_cells(blank(cells), column, "is empty; write 'empty: missing' if empty cells are right")
    if pa.types.is_string(cells.type):
        cells = _numeric_text(source, column, cells)
    values = cells.cast(pa.float64(), safe=False)
    finite = pc.fill_null(pc.is_finite(values), True)
    source.refuse_cells(pc.invert(finite), column, "is not a finite number; correct it, or leave it empty")
    return values


def words(source: Source, column: str) -> pa.Array:
    """Return ``column`` as text. Raises InputError, which names the cell, when a cell is empty."""
    cells = source.column(column)
    if not (pa.types.is_string(cells.type) or pa.types.is_integer(cells.type) or pa.types.is_boolean(cells.type)):
        raise InputError(f"{source.name}: column {column} holds {cells.type}, not words; name another column")
    source.refuse_cells(blank(cells), column, "is empty, and every record needs it; correct it")
    return cells.cast(pa.string())


def json_objects(source: Source, columns: Sequence[str]) -> pa.Array:
    """Return one compact JSON object per row: the cells of ``columns`` as they are in the source."""
    parts: list[pa.Array | pa.Scalar] = []
    for number, column in enumerate(columns):
        parts += [pa.scalar(("," if number else "{") + json.dumps(column) + ":"), _json(source.column(column))]
    return pc.binary_join_element_wise(*parts, pa.scalar("}"), pa.scalar(""))


def _numeric_text(source: Source, column: str, cells: pa.Array) -> pa.Array:
    cells = pc.if_else(blank(cells), pa.scalar(None, pa.string()), pc.utf8_trim_whitespace(cells))
    good = pc.fill_null(pc.match_substring_regex(cells, _NUMBER), True)
    source.refuse_cells(pc.invert(good), column, "is not a number; correct it")
    return cells


def _is_numeric(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in _NUMERIC)


def _json(cells: pa.Array) -> pa.Array:
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_finite(cells), cells, pa.scalar(None, cells.type))
        return pc.fill_null(cells.cast(pa.string()), "null")
    if pa.types.is_integer(cells.type) or pa.types.is_boolean(cells.type) or pa.types.is_null(cells.type):
        return pc.fill_null(cells.cast(pa.string()), "null")
    return pc.fill_null(_quoted(cells.cast(pa.string())), "null")


def _quoted(text: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(text, _CONTROL)).as_py():
        distinct = text.dictionary_encode()
        quoted = pa.array([json.dumps(value, ensure_ascii=False) for value in distinct.dictionary.to_pylist()])
        return quoted.take(distinct.indices)
    escaped = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    return pc.binary_join_element_wise(pa.scalar('"'), escaped, pa.scalar('"'), pa.scalar(""))
