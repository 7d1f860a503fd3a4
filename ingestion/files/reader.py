"""The bytes of a file to a table of the source's own columns. Each row keeps its line number for error messages.

What belongs here: unpacking and the formats (CSV, Parquet, JSON). Cells of text formats stay text.
What does not: the meaning of a column (parser.py).
"""

import csv
import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from common.errors import InputError
from ingestion.files.manifest import Manifest
from ingestion.files.patterns import file_format


@dataclass(frozen=True)
class Source:
    """A file's table. Row ``i`` of the table is line ``lines[i]`` of the file; ``unit`` is 'line' or 'row'."""

    name: str
    table: pa.Table
    lines: np.ndarray[Any, np.dtype[np.int64]]
    unit: str

    def column(self, name: str) -> pa.Array:
        """Return the column ``name`` as one array."""
        return self.table.column(name).combine_chunks()

    def filter(self, mask: pa.Array) -> "Source":
        """Return the rows where ``mask`` is true."""
        kept = mask.to_numpy(zero_copy_only=False)
        return Source(self.name, self.table.filter(mask), self.lines[kept], self.unit)

    def refuse_cells(self, bad: pa.Array, column: str, what: str) -> None:
        """Raise InputError for the first cell of ``column`` where ``bad`` is true, if there is one.

        ``what`` ends the message: what is wrong with the cell, and what to do.
        """
        rows = np.flatnonzero(bad.to_numpy(zero_copy_only=False))
        if len(rows) == 0:
            return
        cell = self.table.column(column)[int(rows[0])].as_py()
        more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        raise InputError(
            f"{self.name}: {self.unit} {self.lines[rows[0]]}, column {column}: {str(cell)!r:.80}{more} {what}"
        )


def read_source(name: str, data: bytes, manifest: Manifest) -> Source:
    """Return the table in ``data``, the bytes of the file ``name``. The ending of the name determines the format.

    Cells of CSV and JSON stay text; a Parquet file keeps its types. Raises InputError when the file is unreadable or
    has no rows.
    """
    if name.endswith(".gz"):
        data = _gunzip(name, data)
    if not data or data.isspace():
        raise InputError(f"{name}: the file is empty; get it again or remove it")
    form = file_format(name)
    first, unit = 1, "row"
    if form == "parquet":
        table = _read_parquet(name, data)
    elif form == "csv":
        table = _read_csv(name, data, manifest.header)
        first, unit = (1 if manifest.header else 2), "line"
    else:
        table = _read_json(name, data, manifest, is_lines=form == "jsonl")
    _check_names(name, table.column_names)
    if table.num_rows == 0:
        raise InputError(f"{name}: the file has no rows; get it again or remove it")
    return Source(name, table, np.arange(first, first + table.num_rows), unit)


def _check_names(name: str, columns: list[str]) -> None:
    unprintable = [column for column in columns if not column.isprintable()]
    if unprintable:
        raise InputError(f"{name}: the column name {unprintable[0]!r} is not printable; rename the column")
    if len(set(columns)) != len(columns):
        raise InputError(f"{name}: two columns have the same name in {', '.join(columns)}; rename one of them")


def _gunzip(name: str, data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{name}: the gzip is broken or cut off ({error}); get the file again") from error


def _read_csv(name: str, data: bytes, header: tuple[str, ...] | None) -> pa.Table:
    data = data.rstrip(b"\r\n")
    columns = list(header) if header else _csv_header(name, data)
    if header is None and b"\n" not in data:
        raise InputError(f"{name}: the file has no rows; get it again or remove it")
    try:
        return pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=columns, skip_rows=0 if header else 1),
            # A blank line stays a row of empty cells. Without it, later rows would have a wrong line number.
            pa_csv.ParseOptions(ignore_empty_lines=False),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowException as error:
        _refuse(name, "CSV", error)


def _csv_header(name: str, data: bytes) -> list[str]:
    try:
        line = data[: data.find(b"\n")].decode("utf-8-sig")
        return next(csv.reader([line.rstrip("\r")]), [])
    except (UnicodeDecodeError, csv.Error) as error:
        _refuse(name, "CSV", error)


def _read_parquet(name: str, data: bytes) -> pa.Table:
    try:
        table = pq.read_table(pa.BufferReader(data))
        return pa.table([_plain(column) for column in table.columns], names=table.column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        _refuse(name, "Parquet", error)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ``column`` with plain strings in place of dictionaries, large strings and string views."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return column


def _read_json(name: str, data: bytes, manifest: Manifest, *, is_lines: bool) -> pa.Table:
    try:
        text = data.decode("utf-8-sig")
        content = [_parse_json(line) for line in text.splitlines() if line.strip()] if is_lines else _parse_json(text)
        rows = _rows(name, content, manifest.rows)
        columns = list(manifest.header) if manifest.header else _keys(name, rows)
        cells = [pa.array(_cells(name, rows, place, column), pa.string()) for place, column in enumerate(columns)]
        return pa.table(cells, names=columns)
    except (ValueError, RecursionError) as error:
        _refuse(name, "JSON", error)


def _parse_json(text: str) -> object:
    """Parse ``text``. A number stays the text that was written."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _rows(name: str, content: object, place: str | None) -> list[object]:
    for key in place.split(".") if place else ():
        if not isinstance(content, dict) or key not in content:
            raise InputError(f"{name}: the JSON has no '{place}'; correct 'rows' in the manifest")
        content = content[key]
    if not isinstance(content, list):
        raise InputError(
            f"{name}: the JSON is not a list of rows; name the key of the list in 'rows', such as data.list"
        )
    return content


def _keys(name: str, rows: Sequence[object]) -> list[str]:
    keys: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, dict):
            raise InputError(f"{name}: the rows are not objects; name their columns in 'header'")
        keys.update(dict.fromkeys(row))
    return list(keys)


def _cells(name: str, rows: Sequence[object], place: int, column: str) -> list[str | None]:
    cells = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, dict):
            cells.append(_cell(row.get(column)))
        elif isinstance(row, list) and place < len(row):
            cells.append(_cell(row[place]))
        else:
            raise InputError(f"{name}: row {number} has no element {place + 1} for column {column}; correct 'header'")
    return cells


def _cell(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _refuse(name: str, form: str, error: Exception) -> NoReturn:
    raise InputError(f"{name}: cannot be read as {form} ({' '.join(str(error).split()):.200}); get it again") from error
