"""Load landed batches into the raw tables: each batch once, with its rows and its record in one transaction."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from common.errors import InputError, WarehouseError
from ingestion.former_names import dataset_of, select_list
from ingestion.landing import Batch, list_batches, read_batch
from ingestion.records import DATASETS
from warehouse.migrations import migrate

# Files per transaction. It limits the work that a run repeats after a crash, and the number of open files.
_FILES_PER_TRANSACTION = 200


@dataclass(frozen=True)
class LoadReport:
    """The result of a load: batches and rows loaded per dataset, and a line for each batch that could not be read."""

    batches: dict[str, int]
    rows: dict[str, int]
    failures: tuple[str, ...]


def load(
    con: duckdb.DuckDBPyConnection, landing_dir: Path, *, on_progress: Callable[[int, int], None] | None = None
) -> LoadReport:
    """Load every batch below ``landing_dir`` that is neither loaded nor rejected.

    A batch that cannot be read is reported in ``failures``, and the other batches are loaded. ``on_progress(done,
    total)`` is called after each transaction. Raises WarehouseError when a batch would mix simulated with real rows.
    """
    migrate(con)
    known = set(
        con.execute(
            "select dataset, batch_id from ops.load_batch union all select dataset, batch_id from ops.rejected_batch"
        ).fetchall()
    )
    # A file may land in two datasets with the same batch id (Binance metrics), so the dataset is compared too.
    pending = [path for path in list_batches(landing_dir) if (_dataset(landing_dir, path), path.stem) not in known]
    batches: dict[str, int] = {}
    rows: dict[str, int] = {}
    failures: list[str] = []
    done = 0
    for dataset, paths in groupby(pending, key=lambda path: _dataset(landing_dir, path)):
        for chunk in _chunks(paths):
            readable = _readable(chunk, failures)
            if readable:
                rows[dataset] = rows.get(dataset, 0) + _load_chunk(con, dataset, readable)
                batches[dataset] = batches.get(dataset, 0) + len(readable)
            done += len(chunk)
            if on_progress:
                on_progress(done, len(pending))
    return LoadReport(batches=batches, rows=rows, failures=tuple(failures))


def _dataset(landing_dir: Path, path: Path) -> str:
    return dataset_of(path.relative_to(landing_dir).parts[0])


def _chunks(paths: Iterable[Path]) -> Iterator[list[Path]]:
    iterator = iter(paths)
    while chunk := [path for _, path in zip(range(_FILES_PER_TRANSACTION), iterator, strict=False)]:
        yield chunk


def _readable(paths: list[Path], failures: list[str]) -> dict[Path, Batch]:
    readable = {}
    for path in paths:
        try:
            readable[path] = read_batch(path)
        except InputError as error:
            failures.append(str(error))
    return readable


def _load_chunk(con: duckdb.DuckDBPyConnection, dataset: str, batches: dict[Path, Batch]) -> int:
    """Insert the rows of ``batches`` and their records in one transaction; return the number of rows."""
    names = DATASETS[dataset].schema.names
    files = [str(path) for path in batches]
    landed = "read_parquet($files, filename = true, union_by_name = true)"
    con.execute("begin transaction")
    try:
        (sequence,) = con.execute("select nextval('ops.load_sequence')").fetchone() or (0,)
        described = con.execute(f"select column_name from (describe from {landed})", {"files": files}).fetchall()
        selected = select_list(names, [name for (name,) in described])
        # Names of tables and columns come from records.py, never from a file or a user: no injection is possible.
        con.execute(
            f"insert into raw.{dataset} ({', '.join(names)}, batch_id, load_sequence) "
            f"select {selected}, parse_filename(filename, true), $sequence from {landed}",
            {"sequence": sequence, "files": files},
        )
        counts = dict(
            con.execute(
                f"select batch_id, count(*) from raw.{dataset} where load_sequence = $sequence group by batch_id",
                {"sequence": sequence},
            ).fetchall()
        )
        for batch in batches.values():
            con.execute(
                "insert into ops.load_batch values (?, ?, ?, ?, ?, ?, ?, ?, now()::timestamp)",
                [
                    batch.batch_id,
                    dataset,
                    batch.collector,
                    batch.origin,
                    batch.content_sha256,
                    batch.observed_at,
                    counts.get(batch.batch_id, 0),
                    sequence,
                ],
            )
        _refuse_mixed_modes(con, dataset)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return sum(counts.values())


def _refuse_mixed_modes(con: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Raise WarehouseError when one warehouse would hold simulated and real rows."""
    modes = set()
    for name in DATASETS:
        modes |= {mode for (mode,) in con.execute(f"select distinct source_mode from raw.{name}").fetchall()}
    if "simulated" in modes and modes != {"simulated"}:
        raise WarehouseError(
            f"loading {dataset} would mix simulated with {', '.join(sorted(modes - {'simulated'}))} rows: "
            "set OIW_HOME to another folder for one of them"
        )
