"""Print rows and the status on standard output, as a table, CSV or JSON."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

from common.errors import InputError

if TYPE_CHECKING:
    from warehouse.status import Status

# A person reads a table in a terminal; csv and json print all rows.
_TABLE_ROWS = 200


def print_rows(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]], format_name: str) -> None:
    """Print rows as ``table`` (the first 200), ``csv`` or ``json`` (an array, one row a line)."""
    match format_name:
        case "csv":
            _print_csv(columns, rows)
        case "json":
            _print_json(columns, rows)
        case _:
            _print_table(columns, rows, limit=_TABLE_ROWS)


def print_status(status: "Status", *, is_json: bool) -> None:
    """Print the status as a table with a few lines above it, or as one JSON object."""
    if is_json:
        typer.echo(json.dumps(_json_value(asdict(status)), indent=2))
        return
    typer.echo(f"home          {status.home}")
    typer.echo(f"last load     {_text(status.last_load_at)}")
    typer.echo(f"last build    {_text(status.last_build_at)}")
    typer.echo(f"last publish  {_text(status.last_publish_at)} (run {_text(status.last_publish_run_id)})")
    typer.echo(f"as of         {_text(status.as_of)}")
    typer.echo(f"restatements  {_text(status.restatement_count)}")
    typer.echo(f"unmapped      {_text(status.unmapped_count)}")
    for note in status.notes:
        typer.echo(f"note          {note}")
    if status.rows_left_out and (lines := status.rows_left_out.lines()):
        typer.echo("\n" + "\n".join(lines))
    typer.echo(f"\nThese rows are {status.facts_from}. Times are UTC.")
    _print_table(
        ("dataset", "source", "venue", "rows", "first event", "last event", "freshness"),
        (
            (
                row.dataset,
                row.source,
                row.venue,
                row.rows,
                row.first_event_at.replace(microsecond=0),
                row.last_event_at.replace(microsecond=0),
                duration_text(row.freshness_seconds),
            )
            for row in status.datasets
        ),
        limit=None,
    )


def _print_table(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]], *, limit: int | None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    shown = list(islice(rows, limit))
    for index, column in enumerate(columns):
        is_number = any(isinstance(row[index], int | float | Decimal) for row in shown)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in shown:
        table.add_row(*(_text(value) for value in row))
    # A pipe has no width: no cell is wrapped there.
    Console(width=None if sys.stdout.isatty() else 10_000, markup=False, highlight=False).print(table)
    if next(rows, None) is not None:
        typer.echo(f"only the first {limit} rows are shown; --format csv or json prints all", err=True)


def _print_csv(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)


def _print_json(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    if len(set(columns)) < len(columns):
        raise InputError(
            f"JSON needs a different name for each column, but the columns are {', '.join(columns)}; rename with `as`"
        )
    separator = "[\n"
    for row in rows:
        sys.stdout.write(separator + json.dumps(_json_value(dict(zip(columns, row, strict=True)))))
        separator = ",\n"
    sys.stdout.write("[]\n" if separator == "[\n" else "\n]\n")


def _text(value: object) -> str:
    """Return ``value`` as text; a missing value is a dash, never an empty cell or a zero."""
    return "-" if value is None else str(value)


def duration_text(seconds: float) -> str:
    """Return ``seconds`` in its two largest units, such as ``3d 4h`` or ``12m 5s``; a negative number gives ``0s``."""
    minutes, second = divmod(max(int(seconds), 0), 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    parts = [(day, "d"), (hour, "h"), (minute, "m"), (second, "s")]
    largest = next((index for index, (count, _) in enumerate(parts) if count), 3)
    return " ".join(f"{count}{unit}" for count, unit in parts[largest : largest + 2])


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(_json_value(value))
    return value


def _json_value(value: Any) -> Any:  # noqa: ANN401 - any value that a query can return
    """Return ``value`` as a JSON value: times in ISO form, durations in seconds, NaN and infinity as null."""
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
