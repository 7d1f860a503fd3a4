"""A small manifest and an import of one file with it, for the tests of ``ingestion.files``."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import settings

from ingestion.files.ingest import IngestReport, ingest_manifest
from ingestion.files.manifest import Manifest

OBSERVED_AT = datetime(2026, 1, 10)  # noqa: DTZ001 naive UTC, as the API takes it

# Hypothesis has no deadline here, because a busy machine must not make a test fail.
UNTIMED = settings(deadline=None)

RECORD = {"values": {"oi_native": "oi"}, "unit": "base", "constants": {"native_field": "openInterest"}}

MANIFEST = {
    "name": "sample",
    "description": "Open interest of one instrument.",
    "source": "exchanges",
    "source_mode": "file",
    "dataset": "open_interest",
    "scope": "instrument",
    "files": ["data.csv"],
    "time": {"column": "time", "unit": "iso", "label_convention": "instant", "interval": "1h"},
    "venue": {"fixed": "binance"},
    "symbol": {"fixed": "BTCUSDT"},
    "records": [RECORD],
}


def make_manifest(**changes: object) -> Manifest:
    """Return the small manifest with ``changes`` of its top-level keys (None removes one)."""
    content = {key: value for key, value in (MANIFEST | changes).items() if value is not None}
    return Manifest.model_validate(content)


def import_file(folder: Path, data: bytes | str, name: str = "data.csv", **changes: object) -> IngestReport:
    """Write ``data`` as ``folder/name`` and land it below ``folder/landing``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    manifest = make_manifest(**({"files": [name]} | changes))
    return ingest_manifest(manifest, folder, folder / "landing", observed_at=OBSERVED_AT)


def landed_rows(folder: Path) -> list[dict[str, object]]:
    """Return all landed records, batch by batch."""
    paths = sorted((folder / "landing").rglob("*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def parquet_bytes(**columns: object) -> bytes:
    """Return the bytes of a Parquet file with ``columns`` (arrays, or lists to be typed by Arrow)."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()
