"""Helpers of the tests of the marts: land selected rows, build a home, compare the tables of two homes.

The rows are real. They come from the landing batches of the recorded data, which the shipped manifests describe.
"""

import os
import shutil
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from common.settings import Settings
from ingestion.files.ingest import IngestReport, ingest_manifest
from ingestion.files.manifest import load_manifest, shipped_manifests
from ingestion.landing import Batch, list_batches, read_batch, write_batch
from ingestion.records import DATASETS
from warehouse.build import BuildReport, build, record_evaluated
from warehouse.connection import open_build
from warehouse.dbt_project import code_sha256
from warehouse.loader import LoadReport, load

PUBLIC_SCHEMAS = ("core", "marts")


def home_of_all_workers(
    tmp_path_factory: pytest.TempPathFactory, name: str, fill: Callable[[Settings], None]
) -> Settings:
    """Return the settings of a shared home. The first worker that needs it fills it, and the other workers wait."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    settings = Settings(home=base / name)
    filled = settings.home / "filled"
    with FileLock(base / f"{name}.lock"):
        if not filled.exists():
            shutil.rmtree(settings.home, ignore_errors=True)
            fill(settings)
            filled.touch()
    return settings


def ingest_everything(root: Path, landing_dir: Path, *, observed_at: datetime) -> list[IngestReport]:
    """Land the files of every shipped manifest below ``root``."""
    manifests = [load_manifest(path) for path in shipped_manifests().values()]
    return [ingest_manifest(manifest, root, landing_dir, observed_at=observed_at) for manifest in manifests]


def load_everything(settings: Settings) -> LoadReport:
    """Load all landed batches."""
    with open_build(settings.build_file) as con:
        return load(con, settings.landing_dir)


def build_home(settings: Settings, *, is_full_refresh: bool = False) -> BuildReport:
    """Build and test the models of a home; the assertion shows the failed nodes."""
    report = build(settings, is_full_refresh=is_full_refresh)
    assert report.is_successful, [(node.unique_id, node.status, node.message) for node in report.failed]
    return report


def build_models(settings: Settings, *, is_full_refresh: bool = False) -> BuildReport:
    """Build the models of a home without the data tests, which take a third of the time of ``build_home``."""
    report = build(settings, is_full_refresh=is_full_refresh, is_tested=False)
    assert report.is_successful, [(node.unique_id, node.status, node.message) for node in report.failed]
    with open_build(settings.build_file) as con:
        # The product does not record an untested build. The tests need a record of this one as a whole build.
        con.execute(
            "insert into ops.build values ('models', ?, ?, ?, now()::timestamp, now()::timestamp)",
            [report.load_sequence, code_sha256(), report.is_full_refresh],
        )
        record_evaluated(con)
    return report


# The instant at which a row could first be known. A bar that is labelled by its start is known at its end.
_KNOWN_AT = "stamped_at + to_seconds(case label_convention when 'start' then coalesce(interval_seconds, 0) else 0 end)"


def land_where(
    source_landing: Path,
    landing_dir: Path,
    condition: str,
    *,
    collectors: Container[str],
    label: str,
    observed_at: datetime,
    columns: str = "*",
) -> int:
    """Land the rows of the ``collectors`` that match the SQL ``condition`` as new batches; return their number.

    The condition may use ``known_at``, the instant at which a row could first be known. ``columns`` (SQL) can replace
    values. Batches with another ``label`` have another origin. ``observed_at`` is the observation time of all rows.
    """
    count = 0
    for path in list_batches(source_landing):
        if path.relative_to(source_landing).parts[1] not in collectors:
            continue
        batch = read_batch(path)
        with duckdb.connect() as con:
            landed = con.read_parquet(str(path)).project(f"*, {_KNOWN_AT} as known_at").filter(condition)
            rows = landed.project("* exclude (known_at)").project(columns).to_arrow_table()
        if rows.num_rows:
            chosen = Batch(batch.dataset, batch.collector, f"{batch.origin}:{label}", batch.content_sha256, observed_at)
            assert write_batch(landing_dir, chosen, DATASETS[batch.dataset], rows)
            count += rows.num_rows
    return count


@dataclass(frozen=True)
class Difference:
    """A table that differs between two homes: rows that only one home has, unequal rows, and an example."""

    table: str
    only_left: int
    only_right: int
    unequal: int
    example: str


def differences(left: Path, right: Path, *, until: datetime | None = None) -> list[Difference]:
    """Return every public table whose rows (known at ``until``) differ between two build files.

    Rows are paired by all columns that are not floating-point. The floating-point columns must agree to nine digits (or
    1e-12), because the order of a sum changes its rounding. The comparison omits the time at which a signal was
    recorded, because this time depends on the build that found it first.
    """
    with _both(left, right) as con:
        tables = _public_tables(con, "l")
        assert tables == _public_tables(con, "r")
        assert tables, f"{left} has no tables in {PUBLIC_SCHEMAS}"
        found = [_difference(con, table, _known_until(con, table, until)) for table in tables]
    return [difference for difference in found if difference]


def difference_of(left: Path, right: Path, table: str, *, columns: str, condition: str) -> Difference | None:
    """Return how the ``columns`` of a table differ between two build files in the rows of the SQL ``condition``."""
    with _both(left, right) as con:
        assert con.sql(f"from l.{table} where {condition} limit 1").fetchall(), f"l.{table} has no row"
        return _difference(con, table, condition, columns)


@contextmanager
def _both(left: Path, right: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(f"attach '{left}' as l (read_only)")
        con.execute(f"attach '{right}' as r (read_only)")
        yield con


def _public_tables(con: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    rows = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? order by 1", [catalog]
    ).fetchall()
    return [name for (name,) in rows if name.split(".")[0] in PUBLIC_SCHEMAS]


def _columns(con: duckdb.DuckDBPyConnection, table: str, columns: str = "*") -> dict[str, str]:
    return dict(
        con.execute(f"select column_name, column_type from (describe select {columns} from l.{table})").fetchall()
    )


def _known_until(con: duckdb.DuckDBPyConnection, table: str, until: datetime | None) -> str:
    types = _columns(con, table)
    time_column = next((name for name in ("known_at", "event_at", "valid_from") if name in types), None)
    return f"{time_column} <= timestamp '{until}'" if until and time_column else "true"


def _difference(con: duckdb.DuckDBPyConnection, table: str, condition: str, columns: str = "*") -> Difference | None:
    types = _columns(con, table, columns)
    floats = [name for name, kind in types.items() if kind == "DOUBLE"]
    exact = [name for name in types if name not in floats and name != "recorded_at"]
    paired = " and ".join(f'l."{name}" is not distinct from r."{name}"' for name in exact)
    unequal = " or ".join(
        f'(l."{name}" is null) <> (r."{name}" is null) or '
        f'abs(l."{name}" - r."{name}") > 1e-12 + 1e-9 * greatest(abs(l."{name}"), abs(r."{name}"))'
        for name in floats
    )
    pairs = con.sql(
        f"select case when r.is_there is null then 'only left' when l.is_there is null then 'only right' "
        f"else 'unequal' end as kind, l, r "
        f"from (select {columns}, true as is_there from l.{table} where {condition}) as l "
        f"full join (select {columns}, true as is_there from r.{table} where {condition}) as r on {paired} "
        f"where l.is_there is null or r.is_there is null or {unequal or 'false'}"
    )
    rows = pairs.fetchall()
    if not rows:
        return None
    kinds = [kind for kind, *_ in rows]
    return Difference(
        table=table,
        only_left=kinds.count("only left"),
        only_right=kinds.count("only right"),
        unequal=kinds.count("unequal"),
        example=str(rows[0]),
    )
