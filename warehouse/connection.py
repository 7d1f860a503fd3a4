"""Connections to the two DuckDB files: the build file (one writer) and the published file (read-only).

Every connection is pinned to UTC and may not download extensions. Hold none while dbt runs: a process that holds
the build file read-write blocks all others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from common.errors import WarehouseError

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@contextmanager
def open_build(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file read-write, creating it when it does not exist.

    Raises WarehouseError when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _connect(path, read_only=False) as con:
        yield con


@contextmanager
def open_read_only(path: Path, *, missing: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an existing file read-only. ``missing`` tells the user what to do when there is none."""
    if not path.exists():
        raise WarehouseError(f"{path} does not exist: {missing}")
    with _connect(path, read_only=True) as con:
        yield con


@contextmanager
def _connect(path: Path, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        con = duckdb.connect(str(path), read_only=read_only, config=_CONFIG)
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0]
        raise WarehouseError(f"{path} cannot be opened ({reason}); wait for the process that holds it") from error
    try:
        con.execute("SET TimeZone = 'UTC'")
        # Else whatever takes two seconds draws a bar between the lines of whoever prints.
        con.execute("SET enable_progress_bar = false")
        yield con
    finally:
        con.close()
