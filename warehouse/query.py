"""Read-only SQL on the published file. A statement can reach no other file, no extension and no setting.

What belongs here: running one statement safely. What does not: printing its rows (cli/) and connections that write
(publish, loader).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from common.errors import InputError
from warehouse.connection import open_read_only

_ROWS_PER_FETCH = 10_000


@dataclass(frozen=True)
class QueryResult:
    """The result of a query: ``columns`` in order; ``rows`` can be read once, as Python values (NULL as None)."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def query(published_file: Path, sql: str) -> Iterator[QueryResult]:
    """Run ``sql`` on the published file and yield its result, whose rows can be read while the context is open.

    Raises WarehouseError if the published file does not exist, InputError if the statement is wrong or reads anything
    but this file.
    """
    with open_read_only(published_file, missing="nothing has been published yet; run `oiw run`") as con:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield _execute(con, sql)


def _execute(con: duckdb.DuckDBPyConnection, sql: str) -> QueryResult:
    try:
        statements = con.extract_statements(sql)
        if len(statements) != 1:
            raise InputError(f"give one SQL statement, not {len(statements)}")
        con.execute(statements[0])
    except duckdb.Error as error:
        raise InputError(_one_line(error)) from error
    return QueryResult(tuple(name for name, *_ in con.description or ()), _fetch(con))


def _fetch(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := con.fetchmany(_ROWS_PER_FETCH):
            yield from rows
    except duckdb.Error as error:
        raise InputError(_one_line(error)) from error


def _one_line(error: duckdb.Error) -> str:
    """Return DuckDB's message without its drawing of the statement."""
    return " ".join(str(error).split("\nLINE ")[0].split())
