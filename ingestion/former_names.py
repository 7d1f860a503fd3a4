"""What older versions called columns and datasets: landed batches are never changed, so those keep the names.

What belongs here: former names, and reading a batch under the names of today. What does not: the build file, whose
tables a migration renames (``warehouse/schema``).
"""

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_DATASETS = {"listening": "stream_coverage"}
_COLUMNS = {"label_convention": "stamp_habit", "covered_from": "listened_from"}


def dataset_of(folder: str) -> str:
    """Return the dataset whose batches stand in ``folder`` of the landing directory, by its name of today."""
    return _DATASETS.get(folder, folder)


def read_rows(path: Path) -> pa.Table:
    """Return the rows of the batch at ``path``, with the column names of today."""
    table = pq.read_table(path)
    current = {former: name for name, former in _COLUMNS.items()}
    return table.rename_columns([current.get(name, name) for name in table.schema.names])


def select_list(columns: Iterable[str], landed: Collection[str]) -> str:
    """Return the SQL that selects ``columns`` from batches with the names ``landed``, former ones among them."""
    return ", ".join(_selected(column, landed) for column in columns)


def _selected(column: str, landed: Collection[str]) -> str:
    former = _COLUMNS.get(column)
    if former is None or former not in landed:
        return column
    # Batches of both kinds in one query: each row has one of the two.
    return f"coalesce({column}, {former}) as {column}" if column in landed else f"{former} as {column}"
