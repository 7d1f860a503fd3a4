"""Landing batches: append-only Parquet files. A batch is one file, which is written once and never changed.

When the newest content of an origin lands again, nothing is added. A reader sees a whole batch or no batch.

What belongs here: a batch's identity, its path, writing and reading it. What does not: the columns of its rows
(records.py), and loading them (warehouse).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from common.errors import InputError
from common.files import replacing
from ingestion.records import Dataset

_METADATA_KEY = b"oiw_batch"
_STATE_KEY = b"oiw_state"


@dataclass(frozen=True)
class Batch:
    """The description of a batch: the place that its content came from, a hash, and the time of observation.

    ``origin`` names the place (a file path below the root, a URL). ``content_sha256`` is the hash of everything that
    determines the rows: the content, and the rules of the parser. ``observed_at`` is UTC and naive.
    """

    dataset: str
    collector: str
    origin: str
    content_sha256: str
    observed_at: datetime

    @property
    def batch_id(self) -> str:
        """The identity, which is also the file name. Batches sort by origin, then by the time of observation."""
        origin_id = hashlib.sha256(self.origin.encode()).hexdigest()[:16]
        return f"{origin_id}.{self.observed_at:%Y%m%dT%H%M%S%f}.{self.content_sha256[:16]}"


def content_sha256(*parts: bytes | str) -> str:
    """Return the SHA-256 over ``parts``. Each part's length is hashed too, so ("ab", "c") differs from ("a", "bc")."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def batch_path(landing_dir: Path, batch: Batch) -> Path:
    """Return where the batch lands: ``<landing>/<dataset>/<collector>/<origin id>/<batch_id>.parquet``.

    Each origin has its own folder, so the search for its newest batch does not pass through a collector's other files.
    """
    origin_id = batch.batch_id.split(".", maxsplit=1)[0]
    return landing_dir / batch.dataset / batch.collector / origin_id / f"{batch.batch_id}.parquet"


def newest_batch(landing_dir: Path, batch: Batch) -> Path | None:
    """Return the newest landed batch with the dataset, collector and origin of ``batch``; None when there is none."""
    return max(batch_path(landing_dir, batch).parent.glob("[!.]*.parquet"), default=None)


def is_landed(landing_dir: Path, batch: Batch) -> bool:
    """Return whether the newest batch of the same origin has the same content as ``batch``.

    Older batches do not count: a file that was changed and then restored is a third observation.
    """
    content_id = batch.batch_id.rsplit(".", maxsplit=1)[1]
    newest = newest_batch(landing_dir, batch)
    return newest is not None and newest.stem.endswith(content_id)


def write_batch(
    landing_dir: Path, batch: Batch, dataset: Dataset, table: pa.Table, *, state: Mapping[str, Any] | None = None
) -> bool:
    """Write ``table`` as ``batch`` and return True. Return False when the newest batch already has the same content.

    ``state`` (JSON values) is what the collector needs to continue after these rows. Rows and state are in one file, so
    both land or neither does. Raises InputError when the table has other columns than the dataset.
    """
    if is_landed(landing_dir, batch):
        return False
    if table.schema.names != dataset.schema.names:
        raise InputError(
            f"{batch.origin}: columns {table.schema.names} are not those of dataset {dataset.name}; correct the parser"
        )
    metadata = {_METADATA_KEY: json.dumps(asdict(batch), default=str).encode()}
    if state is not None:
        metadata[_STATE_KEY] = json.dumps(state, separators=(",", ":")).encode()
    table = table.cast(dataset.schema).replace_schema_metadata(metadata)
    with replacing(batch_path(landing_dir, batch)) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return True


def read_batch(path: Path) -> Batch:
    """Return the description of the batch at ``path``, from the metadata of the file.

    Raises InputError when the file is not a Parquet file or not a landing batch.
    """
    metadata = _read_metadata(path)
    if _METADATA_KEY not in metadata:
        raise InputError(f"{path}: not a landing batch (no batch metadata); remove it and land it again")
    fields = json.loads(metadata[_METADATA_KEY])
    return Batch(**{**fields, "observed_at": datetime.fromisoformat(fields["observed_at"])})


def read_state(path: Path) -> dict[str, Any]:
    """Return the state in the batch at ``path``; an empty one when the batch was written without a state.

    Raises InputError when the file is not a Parquet file.
    """
    state: dict[str, Any] = json.loads(_read_metadata(path).get(_STATE_KEY, b"{}"))
    return state


def _read_metadata(path: Path) -> Mapping[bytes, bytes]:
    try:
        return pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: cannot be read as a landing batch ({error}); remove it and land it again") from error


def list_batches(landing_dir: Path) -> Iterator[Path]:
    """Yield the paths of all landed batches, ordered by dataset, collector, origin and time of observation."""
    yield from sorted(landing_dir.glob("*/*/*/[!.]*.parquet"))
