"""Files below a root that no manifest covers, each with the manifest that comes closest and what differs.

What belongs here: which files are data, and the comparison with the manifests. What does not: landing (ingest.py).
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.files.manifest import VENUE_COLUMN, Manifest
from ingestion.files.patterns import FORMATS, file_format, matching_files

# Files that describe data, and are none themselves.
_NO_DATA = frozenset({".md", ".rst", ".yaml", ".yml", ".py", ".ipynb", ".sql", ".log", ".html", ".CHECKSUM"})
# The beginning of a text file that has its column names.
_HEAD_BYTES = 65_536
# Below this likeness of the path, and without a common column, a manifest is not worth naming.
_LEAST_LIKENESS = 0.5
_MOST_COLUMNS = 5


@dataclass(frozen=True)
class Uncovered:
    """Files of one folder that no manifest covers for one reason; ``files`` are their paths below the root."""

    files: tuple[str, ...]
    reason: str

    def line(self) -> str:
        """Return the files and the reason in one line."""
        more = f" and {len(self.files) - 1} more like it" if len(self.files) > 1 else ""
        return f"{self.files[0]}{more}: {self.reason}"


def data_files(root: Path) -> list[Path]:
    """Return the files below ``root`` that may hold data, sorted.

    Hidden files and folders, texts, manifests, programs and checksums hold none.
    """
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix not in _NO_DATA
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def uncovered_files(root: Path, manifests: Sequence[Manifest]) -> list[Uncovered]:
    """Return the data files below ``root`` that no pattern of ``manifests`` matches, grouped by folder and reason."""
    covered = {
        path for manifest in manifests for pattern in manifest.files for path, _ in matching_files(root, pattern)
    }
    found = []
    for path in data_files(root):
        if path not in covered:
            name = path.relative_to(root).as_posix()
            found.append((Path(name).parent.as_posix(), _reason(path, name, manifests), name))
    return [
        Uncovered(tuple(name for _, _, name in group), reason)
        for (_, reason), group in groupby(sorted(found), lambda one: one[:2])
    ]


def _reason(path: Path, name: str, manifests: Sequence[Manifest]) -> str:
    if file_format(name) is None:
        return f"oiw does not read this format; it reads {', '.join(FORMATS)}"
    columns = _columns(path)
    closest = max(manifests, key=lambda manifest: _likeness(name, columns, manifest), default=None)
    if closest is None or _likeness(name, columns, closest) < _LEAST_LIKENESS:
        return "no manifest is like it; write one (docs/reference/manifest.md)"
    differences = [f"its files are {' or '.join(closest.files)}"]
    wanted = _wanted(closest)
    if columns is None:
        differences.append("the columns of this file cannot be read")
    elif closest.header is None and (missing := [column for column in wanted if column not in columns]):
        named = ", ".join(missing[:_MOST_COLUMNS])
        differences.append(f"this file has no column {named}{' and others' if len(missing) > _MOST_COLUMNS else ''}")
    else:
        differences.append("the columns fit")
    return f"closest is the manifest {closest.name}: {'; '.join(differences)}"


def _likeness(name: str, columns: list[str] | None, manifest: Manifest) -> float:
    """Return how near the manifest is, from 0 to 2: likeness of the path, and share of its columns in the file."""
    by_path = max(SequenceMatcher(None, name, pattern).ratio() for pattern in manifest.files)
    wanted = _wanted(manifest)
    by_columns = sum(column in columns for column in wanted) / len(wanted) if columns and not manifest.header else 0
    return by_path + by_columns


def _wanted(manifest: Manifest) -> list[str]:
    """Return the columns that the manifest reads."""
    columns = [manifest.time.column]
    for record in manifest.records:
        columns += [column for column in record.values.values() if column != VENUE_COLUMN]
    return list(dict.fromkeys(columns))


def _columns(path: Path) -> list[str] | None:
    """Return the column names of a file, or None if its beginning cannot be read."""
    try:
        if file_format(path.name) == "parquet":
            return list(pq.read_schema(path).names)
        data = _head(path)
        first = data.decode("utf-8-sig", errors="replace").lstrip().split("\n", 1)[0].strip()
        if file_format(path.name) == "csv":
            return [column.strip('" ') for column in first.split(",")]
        row = json.loads(first.rstrip(",")) if first.startswith("{") else None
        return list(row) if isinstance(row, dict) else None
    except (OSError, EOFError, ValueError, pa.ArrowException):
        return None


def _head(path: Path) -> bytes:
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        return file.read(_HEAD_BYTES)
