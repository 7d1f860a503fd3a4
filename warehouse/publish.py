"""Publish the last completed build: write a whole new file beside the old one, then swap the two in one step.

What belongs here: the list of public schemas, the copy, the swap and its record (``reporting.rpt_publication``).
What does not: deciding whether the checks passed (quality, orchestration) and reading the file (query, status).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from common.clock import utc_now
from common.errors import WarehouseError
from common.files import flush, replacing
from warehouse.connection import open_build, open_read_only
from warehouse.migrations import create_macros, migrate

PUBLIC_SCHEMAS = ("core", "marts", "reporting", "quality")

# BI tools still use DuckDB 1.4 and 1.5, which cannot open the format of 2.0.
STORAGE_VERSION = "v1.4.0"

_OPEN_INTEREST_TABLES = ("fct_open_interest", "fct_venue_total_open_interest")


@dataclass(frozen=True)
class PublishReport:
    """The result of publishing: ``rows`` per ``schema.table``; ``as_of`` is the newest open interest (UTC) or None."""

    run_id: str
    published_at: datetime
    as_of: datetime | None
    rows: dict[str, int]
    size_bytes: int


@dataclass(frozen=True)
class _Build:
    load_sequence: int
    code_sha256: str


def publish(build_file: Path, published_file: Path, *, run_id: str) -> PublishReport:
    """Copy the public schemas of ``build_file`` to a new file and replace ``published_file`` with it.

    A process that has opened the old file continues to read it; the next process to open it reads the new file. A crash
    at any point leaves the old file unchanged. Views are published as tables. Raises WarehouseError when no completed
    build includes all loaded rows, or when the tables cannot be copied.
    """
    if not build_file.exists():
        raise WarehouseError(f"{build_file} does not exist: run `oiw load` and `oiw build` first")
    # The build file stays open until after the swap, so that no two publishers write the same temporary file.
    with open_build(build_file) as con:
        build = _last_build(con)
        try:
            return _replace(con, build, published_file, run_id)
        except (OSError, duckdb.Error) as error:
            reason = str(error).splitlines()[0]
            raise WarehouseError(f"{published_file} was not replaced ({reason}); the old file is unchanged") from error


def is_published(build_file: Path, published_file: Path) -> bool:
    """Return whether the last completed build is published already."""
    if not published_file.exists():
        return False
    with open_read_only(published_file, missing="") as con:
        ((published_at,),) = con.execute("select published_at from reporting.rpt_publication").fetchall()
    with open_build(build_file) as con:
        ((finished_at,),) = con.execute("select max(finished_at) from ops.build").fetchall()
    return finished_at is not None and bool(published_at >= finished_at)


def _replace(con: duckdb.DuckDBPyConnection, build: _Build, published_file: Path, run_id: str) -> PublishReport:
    published_at = utc_now()
    with replacing(published_file, is_only_writer=True) as temporary, _without_log(temporary):
        with _attached(con, temporary):
            rows = _copy_tables(con)
            _copy_comments(con)
            _create_macros(con)
            as_of = _record_publication(con, build, run_id, published_at)
        size_bytes = temporary.stat().st_size
        # Read-only, so that nobody writes into the published file by mistake.
        temporary.chmod(0o444)
    flush(published_file.parent)
    return PublishReport(run_id, published_at, as_of, rows, size_bytes)


@contextmanager
def _without_log(temporary: Path) -> Iterator[None]:
    """Remove DuckDB's write-ahead log of ``temporary``, which a killed or failed publisher leaves behind."""
    log = temporary.with_name(f"{temporary.name}.wal")
    log.unlink(missing_ok=True)
    try:
        yield
    finally:
        log.unlink(missing_ok=True)


def _last_build(con: duckdb.DuckDBPyConnection) -> _Build:
    """Return the last completed build. Raises WarehouseError if there is none, or if rows were loaded after it."""
    migrate(con)
    build = con.execute("select load_sequence, code_sha256 from ops.build order by finished_at desc limit 1").fetchone()
    if build is None:
        raise WarehouseError("nothing to publish: no build has completed; run `oiw build`")
    unbuilt = con.execute(
        "select count(*), coalesce(sum(row_count), 0) from ops.load_batch where load_sequence > ?", [build[0]]
    ).fetchone()
    if unbuilt and unbuilt[0]:
        raise WarehouseError(
            f"not published: no completed build includes {unbuilt[0]} loaded batches ({unbuilt[1]} rows); "
            "run `oiw build`"
        )
    return _Build(*build)


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Attach a new file as ``published`` and leave it checkpointed, without a write-ahead log."""
    escaped = str(path).replace("'", "''")
    con.execute(f"attach '{escaped}' as published (storage_version '{STORAGE_VERSION}')")
    try:
        yield
        con.execute("checkpoint published")
    finally:
        con.execute("detach published")


def _copy_tables(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    rows = {}
    for schema, table in _public_tables(con):
        name = f"{_quoted(schema)}.{_quoted(table)}"
        con.execute(f"create schema if not exists published.{_quoted(schema)}")
        con.execute(f"create table published.{name} as from {name}")
        rows[f"{schema}.{table}"] = con.table(f"published.{name}").count("*").fetchall()[0][0]
    return rows


def _public_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return con.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = current_database() and list_contains(?, table_schema) order by all",
        [list(PUBLIC_SCHEMAS)],
    ).fetchall()


def _copy_comments(con: duckdb.DuckDBPyConnection) -> None:
    """Copy the comments of tables, views and columns, which are the data dictionary inside the file."""
    here = "database_name = current_database() and comment is not null and list_contains($schemas, schema_name)"
    schemas = {"schemas": list(PUBLIC_SCHEMAS)}
    relations = con.execute(
        f"select schema_name, table_name, comment from duckdb_tables() where {here} "
        f"union all select schema_name, view_name, comment from duckdb_views() where {here}",
        schemas,
    ).fetchall()
    for schema, table, comment in relations:
        con.execute(f"comment on table published.{_quoted(schema)}.{_quoted(table)} is {_literal(comment)}")
    columns = con.execute(
        f"select schema_name, table_name, column_name, comment from duckdb_columns() where {here}", schemas
    ).fetchall()
    for schema, table, column, comment in columns:
        name = f"published.{_quoted(schema)}.{_quoted(table)}.{_quoted(column)}"
        con.execute(f"comment on column {name} is {_literal(comment)}")


def _create_macros(con: duckdb.DuckDBPyConnection) -> None:
    ((build_file,),) = con.execute("select current_database()").fetchall()
    con.execute("use published")
    try:
        create_macros(con)
    finally:
        con.execute(f"use {_quoted(build_file)}")


def _record_publication(
    con: duckdb.DuckDBPyConnection, build: _Build, run_id: str, published_at: datetime
) -> datetime | None:
    """Write ``reporting.rpt_publication`` (one row) and return the newest instant of open interest."""
    facts = _core_tables_with(con, "event_at")
    _, as_of = _range(con, [table for table in facts if table in _OPEN_INTEREST_TABLES])
    first_event_at, last_event_at = _range(con, facts)
    con.execute("create schema if not exists published.reporting")
    con.execute(
        """
        create table published.reporting.rpt_publication as
        select
            $run_id::varchar as run_id,
            $published_at::timestamp as published_at,
            $as_of::timestamp as as_of,
            $first_event_at::timestamp as first_event_at,
            $last_event_at::timestamp as last_event_at,
            $source_modes::varchar as source_modes,
            $load_sequence::bigint as load_sequence,
            $code_sha256::varchar as code_sha256,
            $product_version::varchar as product_version,
            $duckdb_version::varchar as duckdb_version,
            $dbt_version::varchar as dbt_version,
            $storage_version::varchar as storage_version
        """,
        {
            "run_id": run_id,
            "published_at": published_at,
            "as_of": as_of,
            "first_event_at": first_event_at,
            "last_event_at": last_event_at,
            "source_modes": ", ".join(_source_modes(con)),
            "load_sequence": build.load_sequence,
            "code_sha256": build.code_sha256,
            "product_version": version("oi-warehouse"),
            "duckdb_version": version("duckdb"),
            "dbt_version": version("dbt-core"),
            "storage_version": STORAGE_VERSION,
        },
    )
    con.execute(
        "comment on table published.reporting.rpt_publication is 'One row: the run that made this file, its data, its "
        "time. as_of is the newest open interest; first_event_at and last_event_at span all core facts. Times are UTC.'"
    )
    return as_of


def _core_tables_with(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    tables = con.execute(
        "select table_name from information_schema.columns "
        "where table_catalog = 'published' and table_schema = 'core' and column_name = ? order by all",
        [column],
    ).fetchall()
    return [table for (table,) in tables]


def _range(con: duckdb.DuckDBPyConnection, tables: list[str]) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last ``event_at`` over core tables, or two None."""
    ranges = [
        con.execute(f"select min(event_at), max(event_at) from published.core.{_quoted(table)}").fetchall()[0]
        for table in tables
    ]
    present = [(first, last) for first, last in ranges if first is not None]
    if not present:
        return None, None
    return min(first for first, _ in present), max(last for _, last in present)


def _source_modes(con: duckdb.DuckDBPyConnection) -> list[str]:
    modes: set[str] = set()
    for table in _core_tables_with(con, "source_mode"):
        found = con.execute(f"select distinct source_mode from published.core.{_quoted(table)}").fetchall()
        modes |= {mode for (mode,) in found}
    return sorted(modes)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
