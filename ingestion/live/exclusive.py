"""One fetch at a time in one home, and never simulated beside real data.

What belongs here: what must hold before anything is asked. What does not: the same check of rows (warehouse/loader.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from common.errors import WarehouseError
from common.files import locked
from common.source_mode import SourceMode


@contextmanager
def exclusive_fetch(landing_dir: Path) -> Iterator[None]:
    """Hold the lock of fetching; the system drops it when the process dies. Raises WarehouseError when it is held."""
    with locked(landing_dir / ".fetch.lock", f"{landing_dir}: another process is fetching; wait for it or end it"):
        yield


def refuse_mixing(landing_dir: Path, source_mode: SourceMode) -> None:
    """Raise WarehouseError when what has landed is simulated and ``source_mode`` is not, or the reverse.

    Looks at one batch of each collector, as each labels all its rows alike.
    """
    for folder in landing_dir.glob("*/*"):
        batch = next(folder.glob("*/[!.]*.parquet"), None)
        if batch is None:
            continue
        try:
            landed = set(pq.read_table(batch, columns=["source_mode"])["source_mode"].to_pylist())
        except pa.ArrowInvalid:
            # A broken batch is a failure of who reads it (its API, the loader), and says nothing here.
            continue
        if landed and ("simulated" in landed) != (source_mode == "simulated"):
            raise WarehouseError(
                f"{landing_dir} holds {', '.join(sorted(landed))} data and what is fetched is {source_mode}: "
                "they are never mixed; set OIW_HOME to another folder for one of them"
            )
