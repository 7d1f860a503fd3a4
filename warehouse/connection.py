"""Connections to the two DuckDB files: the build file (one writer) and the published file (read-only).

Every connection uses UTC and cannot download extensions. Close it before dbt runs: a process that has opened the
build file for writing blocks all others.
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
    """Open the build file for reading and writing; create it if it does not exist.

    Raises WarehouseError when another process holds the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _connect(path, read_only=False) as con:
        yield con


@contextmanager
def open_read_only(path: Path, *, missing: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an existing file read-only.

    Raises WarehouseError when the file does not exist, holds no table (dbt leaves such a file behind when it runs
    before `oiw load`), or cannot be opened. ``missing`` tells the user what to do in the first two cases.
    """
    if not path.exists():
        raise WarehouseError(f"{path} does not exist: {missing}")
    with _connect(path, read_only=True) as con:
        if con.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]:
            raise WarehouseError(f"{path} holds no table: {missing}")
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
        # DuckDB would draw a progress bar for every query of two seconds, between the lines that the caller prints.
        con.execute("SET enable_progress_bar = false")
        yield con
    finally:
        con.close()
