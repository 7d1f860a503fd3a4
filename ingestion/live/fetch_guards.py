"""Guards before a fetch: no other fetch is running, and real and simulated data are not mixed.

What belongs here: these two guards. What does not: the check for mixed data in the loader (warehouse/loader.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from common.errors import WarehouseError
from common.files import locked
from common.settings import SourceMode


@contextmanager
def exclusive_fetch(landing_dir: Path) -> Iterator[None]:
    """Hold the lock for fetching. The system releases it when the process ends.

    Raises WarehouseError when another process holds the lock.
    """
    with locked(landing_dir / ".fetch.lock", f"{landing_dir}: another process is fetching; wait for it or stop it"):
        yield


def refuse_mixing(landing_dir: Path, source_mode: SourceMode) -> None:
    """Raise WarehouseError when the landed rows are simulated and ``source_mode`` is not, or the reverse.

    It reads one batch of each collector, because all rows of a collector have the same source mode.
    """
    for folder in landing_dir.glob("*/*"):
        batch = next(folder.glob("*/[!.]*.parquet"), None)
        if batch is None:
            continue
        try:
            landed = set(pq.read_table(batch, columns=["source_mode"])["source_mode"].to_pylist())
        except pa.ArrowInvalid:
            # This check skips a broken batch. The fetch of its API and the loader report it.
            continue
        if landed and ("simulated" in landed) != (source_mode == "simulated"):
            raise WarehouseError(
                f"{landing_dir} holds {', '.join(sorted(landed))} data, and this fetch would add {source_mode} data: "
                "they are never mixed; set OIW_HOME to another folder for one of them"
            )
