"""Former names of columns and datasets. Landed batches are never changed, so old batches keep the former names.

What belongs here: the former names, and reading a batch with the current names. What does not: the build file, whose
tables a migration renames (``warehouse/schema``).
"""

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_DATASETS = {"listening": "stream_coverage"}
_COLUMNS = {"label_convention": "stamp_habit", "covered_from": "listened_from"}


def dataset_of(folder: str) -> str:
    """Return the current name of the dataset whose batches are in ``folder`` of the landing directory."""
    return _DATASETS.get(folder, folder)


def read_rows(path: Path) -> pa.Table:
    """Return the rows of the batch at ``path``, with the current column names."""
    table = pq.read_table(path)
    current = {former: name for name, former in _COLUMNS.items()}
    return table.rename_columns([current.get(name, name) for name in table.schema.names])


def select_list(columns: Iterable[str], landed: Collection[str]) -> str:
    """Return the SQL that selects ``columns`` from batches with the columns ``landed``: current or former names."""
    return ", ".join(_selected(column, landed) for column in columns)


def _selected(column: str, landed: Collection[str]) -> str:
    former = _COLUMNS.get(column)
    if former is None or former not in landed:
        return column
    # The query reads old and new batches together, and each row has a value under one of the two names.
    return f"coalesce({column}, {former}) as {column}" if column in landed else f"{former} as {column}"
