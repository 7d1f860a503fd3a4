"""The state of the warehouse: rows, time span and freshness per dataset and venue, and when each step last ran.

What belongs here: reading the state from the published file, the build file or both. What does not: printing it (cli/)
and checking it (quality).
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb

from common.clock import utc_now
from common.errors import WarehouseError
from common.settings import Settings
from warehouse.connection import open_read_only
from warehouse.row_account import RowsLeftOut, rows_left_out

FactsFrom = Literal["published", "built", "loaded"]

# The build computes this table from other core facts, so it is not a collected dataset.
_DERIVED = frozenset({"fct_reference_price"})

# The name that `source` had in `fct_circulating_supply` before decision 0022: files with it are of an older version.
_FORMER_SOURCE = "supply_source"


@dataclass(frozen=True)
class DatasetStatus:
    """The rows of one dataset, source and venue; ``venue`` is None for rows that belong to no venue. Times are UTC.

    ``freshness_seconds`` is the age of the last event, not of the last load.
    """

    dataset: str
    source: str
    venue: str | None
    rows: int
    first_event_at: datetime
    last_event_at: datetime
    freshness_seconds: float


@dataclass(frozen=True)
class Status:
    """The state of a warehouse. A value is None if its step has not run yet, or if its file is in use.

    ``facts_from`` names the rows that ``datasets`` describe: the published rows, else the built rows, else the raw
    rows. Raw rows have the venues and times of their sources. ``notes`` name the files that could not be read or that
    an older version made.
    """

    home: str
    facts_from: FactsFrom
    datasets: tuple[DatasetStatus, ...]
    restatement_count: int | None
    unmapped_count: int | None
    rows_left_out: RowsLeftOut | None
    last_load_at: datetime | None
    last_build_at: datetime | None
    last_publish_at: datetime | None
    last_publish_run_id: str | None
    as_of: datetime | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Contents:
    """The part of the status that comes from the tables of one file."""

    facts_from: FactsFrom
    datasets: tuple[DatasetStatus, ...]
    restatement_count: int | None
    unmapped_count: int | None
    rows_left_out: RowsLeftOut | None


def status(settings: Settings, *, now: datetime | None = None) -> Status:
    """Describe the warehouse in ``settings.home``; ``now`` (UTC, naive) defaults to the present.

    Works with only a published file or only a build file. Raises WarehouseError when there is neither.
    """
    now = now or utc_now()
    published = publication = built = steps = None
    notes: list[str] = []
    if settings.published_file.exists():
        with open_read_only(settings.published_file, missing="run `oiw run` first") as con:
            published = _contents(con, "published", now)
            notes += _version_notes(con, settings.published_file)
            publication = con.execute("select published_at, run_id, as_of from reporting.rpt_publication").fetchone()
    if settings.build_file.exists():
        try:
            with open_read_only(settings.build_file, missing="run `oiw run` first") as con:
                steps = _last_steps(con)
                if not published:
                    built = _contents(con, "built", now)
                    notes += _version_notes(con, settings.build_file)
        except WarehouseError as error:
            notes.append(str(error))
    contents = published or built
    if contents is None:
        raise WarehouseError(notes[0] if notes else f"{settings.home} holds no warehouse; run `oiw run` first")
    last_load_at, last_build_at = steps or (None, None)
    last_publish_at, run_id, as_of = publication or (None, None, None)
    return Status(
        home=str(settings.home),
        facts_from=contents.facts_from,
        datasets=contents.datasets,
        restatement_count=contents.restatement_count,
        unmapped_count=contents.unmapped_count,
        rows_left_out=contents.rows_left_out,
        last_load_at=last_load_at,
        last_build_at=last_build_at,
        last_publish_at=last_publish_at,
        last_publish_run_id=run_id,
        as_of=as_of,
        notes=tuple(notes),
    )


def _contents(con: duckdb.DuckDBPyConnection, facts_from: FactsFrom, now: datetime) -> _Contents:
    facts = [table for table in _tables(con, "core", "event_at") if table not in _DERIVED]
    if facts:
        datasets = [row for table in facts for row in _dataset(con, f"core.{table}", "venue", "event_at", now=now)]
    else:
        facts_from = "loaded"
        tables = [f"raw.{table}" for table in _tables(con, "raw", "stamped_at")]
        datasets = [row for table in tables for row in _dataset(con, table, "venue_native", "stamped_at", now=now)]
    return _Contents(
        facts_from=facts_from,
        datasets=tuple(datasets),
        restatement_count=_count(con, "quality", "dq_restatement"),
        unmapped_count=_count(con, "quality", "dq_unmapped_methodology"),
        rows_left_out=rows_left_out(con),
    )


def _version_notes(con: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Return a note if an older version made the file at ``path``."""
    if not _tables(con, "core", _FORMER_SOURCE):
        return []
    return [f"an older version of oiw made {path}; build and publish it anew with `oiw run`"]


def _tables(con: duckdb.DuckDBPyConnection, schema: str, time_column: str) -> list[str]:
    tables = con.execute(
        "select table_name from information_schema.columns where table_schema = ? and column_name = ? order by all",
        [schema, time_column],
    ).fetchall()
    return [table for (table,) in tables]


def _dataset(
    con: duckdb.DuckDBPyConnection, table: str, venue_column: str, time_column: str, *, now: datetime
) -> list[DatasetStatus]:
    relation = con.table(table)
    source = "source" if "source" in relation.columns else _FORMER_SOURCE
    venue = venue_column if venue_column in relation.columns else "null"
    groups = relation.aggregate(
        f"{source} as source, {venue} as venue, count(*), min({time_column}), max({time_column})", f"{source}, {venue}"
    ).order("source, venue")
    dataset = table.split(".")[1].removeprefix("fct_")
    return [
        DatasetStatus(dataset, source, venue, rows, first, last, (now - last).total_seconds())
        for source, venue, rows, first, last in groups.fetchall()
    ]


def _count(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> int | None:
    """Return the number of rows, or None if the table does not exist."""
    found = con.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?", [schema, table]
    ).fetchall()[0][0]
    return con.execute(f"select count(*) from {schema}.{table}").fetchall()[0][0] if found else None


def _last_steps(con: duckdb.DuckDBPyConnection) -> tuple[datetime | None, datetime | None]:
    """Return the times of the last load and of the last completed build."""
    return con.execute(
        "select (select max(loaded_at) from ops.load_batch), (select max(finished_at) from ops.build)"
    ).fetchall()[0]
