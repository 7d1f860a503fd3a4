"""The rows of an archive CSV as text and numbers, without their meaning. Pure: bytes in, checked cells out.

What belongs here: finding the header, cells to numbers and times, and the checks of a file.
What does not: the meaning of a column (parsers.py).
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from common.errors import InputError
from ingestion.archives.binance.catalogue import ArchiveFile

_EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)
_INTEGER = re.compile(r"\d+", re.ASCII)
_FIRST_MS, _FIRST_US, _FIRST_TOO_LONG = 10**11, 10**14, 10**17
# The last label is the midnight after the file's day, and settlements are labelled some milliseconds before or after.
# With a label further out, the unit or the file is wrong.
_PERIOD_SLACK = timedelta(days=1)


@dataclass(frozen=True)
class SourceRows:
    """Rows of one file, one per time label, in the file's order.

    ``lines`` are the line numbers in the file, ``stamped_at`` the labels (UTC, naive), ``cells`` the texts of each row.
    """

    path: str
    header: list[str]
    lines: list[int]
    stamped_at: list[datetime]
    cells: list[list[str]]

    def numbers(self, column: str) -> list[float | None]:
        """Return the column as numbers, an empty cell as None. Raises InputError when a cell is not a finite number."""
        index = self.header.index(column)
        return [
            _parse_number(cells[index], f"{self.path}, line {line}, column {column}")
            for line, cells in zip(self.lines, self.cells, strict=True)
        ]

    def empty(self) -> list[None]:
        """Return a column of None values, as long as the file."""
        return [None] * len(self.lines)

    def refuse_others(self, column: str, value: str) -> None:
        """Raise InputError at the first row whose ``column`` is not ``value``."""
        index = self.header.index(column)
        for line, cells in zip(self.lines, self.cells, strict=True):
            if cells[index] != value:
                raise InputError(
                    f"{self.path}, line {line}, column {column}: {cells[index]!r} in a file of {value}; fetch it again"
                )

    def payloads(self) -> list[str]:
        """Return every row as a compact JSON object of column names and cell texts."""
        return [
            json.dumps(dict(zip(self.header, cells, strict=True)), separators=(",", ":"), ensure_ascii=False)
            for cells in self.cells
        ]


def parse_epoch(cell: str) -> datetime:
    """Return the time of a number since 1970. Most files have milliseconds, some files since 2025 microseconds.

    The size of the number determines the unit. Raises ValueError when it fits neither unit.
    """
    number = int(cell) if _INTEGER.fullmatch(cell) else 0
    if not _FIRST_MS <= number < _FIRST_TOO_LONG:
        raise ValueError("not milliseconds or microseconds since 1970")
    return _EPOCH + timedelta(microseconds=number if number >= _FIRST_US else number * 1000)


def parse_datetime(cell: str) -> datetime:
    """Return the time of a cell such as ``2026-01-01 00:05:00``. Raises ValueError for any other form."""
    if not _DATETIME.fullmatch(cell):
        raise ValueError("not 'YYYY-MM-DD HH:MM:SS'")
    return datetime.fromisoformat(cell)


def read_rows(
    file: ArchiveFile,
    content: bytes,
    *,
    columns: tuple[str, ...],
    needed: tuple[str, ...],
    parse_time: Callable[[str], datetime],
    observed_at: datetime,
) -> SourceRows:
    """Return the checked rows of ``content`` without identical repetitions.

    ``columns`` are the names of the columns in a file without a header; the first is the time label. ``needed`` are the
    columns that a header must have.

    Raises InputError when the file is empty, is not CSV or lacks a needed column. Also raises it for a row of another
    length, for a label outside the file's period or after ``observed_at``, and for two different rows with one label.
    """
    table = _read_csv(content, file.path)
    if not table:
        raise InputError(f"{file.path}: the file has no rows; fetch it again")
    header = _header(table[0][1], columns, needed, file.path)
    if header is None:
        header = list(columns)
    else:
        table = table[1:]
    seen: dict[datetime, list[str]] = {}
    lines: list[int] = []
    for line, cells in table:
        where = f"{file.path}, line {line}"
        if len(cells) != len(header):
            raise InputError(
                f"{where}: {len(cells)} cells instead of {len(header)}; the file is not loaded, fetch it again"
            )
        label = cells[header.index(columns[0])]
        try:
            stamped_at = parse_time(label)
        except ValueError as error:
            raise InputError(f"{where}, column {columns[0]}: {label!r} is {error}; fetch it again") from error
        _check_period(stamped_at, file, observed_at, f"{where}, column {columns[0]}")
        if stamped_at not in seen:
            seen[stamped_at] = cells
            lines.append(line)
        elif seen[stamped_at] != cells:
            raise InputError(f"{where}: a second, different row of {label}; the file is not loaded, fetch it again")
    if not seen:
        raise InputError(f"{file.path}: the file has a header and no rows; fetch it again")
    return SourceRows(file.path, header, lines, list(seen), list(seen.values()))


def _read_csv(content: bytes, path: str) -> list[tuple[int, list[str]]]:
    """Return the line number and the cells of every line that is not blank."""
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV file ({error}); fetch it again") from error


def _header(first: list[str], columns: tuple[str, ...], needed: tuple[str, ...], path: str) -> list[str] | None:
    """Return ``first`` if it is a header, else None. The first cell of a row is a time, which begins with a digit."""
    if first[0][:1].isdecimal():
        return None
    missing = [column for column in (columns[0], *needed) if first.count(column) != 1]
    if missing:
        raise InputError(
            f"{path}, line 1: the header must have {', '.join(missing)} exactly once; it is {','.join(first)}"
        )
    return first


def _check_period(stamped_at: datetime, file: ArchiveFile, observed_at: datetime, where: str) -> None:
    start, end = file.period
    if not start - _PERIOD_SLACK <= stamped_at <= end + _PERIOD_SLACK:
        raise InputError(f"{where}: {stamped_at} is outside the period of the file ({start} to {end}); fetch it again")
    if stamped_at > observed_at:
        raise InputError(
            f"{where}: {stamped_at} is after the time of observation ({observed_at}); check the clock of this machine"
        )


def _parse_number(cell: str, where: str) -> float | None:
    if not cell:
        return None
    number = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(number):
        raise InputError(f"{where}: {cell!r} is not a number; the file is not loaded, fetch it again")
    return number
