"""Landing of the files that a manifest names: one batch for each file, unless it is unchanged or fails.

What belongs here: the run over the files and its report. What does not: rows (parser.py), the manifest (manifest.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from common.errors import InputError
from common.settings import SourceMode
from ingestion.files.manifest import Manifest
from ingestion.files.parser import parse_source
from ingestion.files.patterns import matching_files
from ingestion.files.reader import read_source
from ingestion.landing import Batch, content_sha256, is_landed, write_batch
from ingestion.records import DATASETS


@dataclass(frozen=True)
class IngestReport:
    """The result of an import.

    ``landed`` and ``unchanged`` count files, ``rows`` the landed records, ``duplicates`` the identical repetitions that
    did not land. ``failures`` has one line for each failed file or pattern, with the reason.
    """

    landed: int
    unchanged: int
    rows: int
    duplicates: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class _Counts:
    rows: int
    duplicates: int


@dataclass(frozen=True)
class _File:
    """A file to land. Its path below the root is its name; ``fields`` are the named fields of that path."""

    path: Path
    name: str
    fields: dict[str, str]


def ingest_manifest(
    manifest: Manifest,
    root: Path,
    landing_dir: Path,
    *,
    observed_at: datetime,
    source_mode: SourceMode | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> IngestReport:
    """Land the files of ``manifest`` below ``root`` as batches in ``landing_dir``.

    ``observed_at`` (UTC, naive) is the time of observation. ``source_mode`` overrides the manifest's, for a simulated
    sample. ``on_progress(done, total)`` is called after each file. An unreadable file and a pattern that matches no
    file become lines of ``failures``. A failing file lands no row and does not stop the others.
    """
    if source_mode is not None:
        manifest = manifest.model_copy(update={"source_mode": source_mode})
    failures: list[str] = []
    files = _find_files(manifest, root, failures)
    landed: list[_Counts] = []
    unchanged = 0
    for done, file in enumerate(files, start=1):
        try:
            counts = _land_file(manifest, file, landing_dir, observed_at)
        except InputError as error:
            failures.append(f"{manifest.name}: {error}")
        else:
            landed += [counts] if counts else []
            unchanged += counts is None
        if on_progress:
            on_progress(done, len(files))
    return IngestReport(
        landed=len(landed),
        unchanged=unchanged,
        rows=sum(counts.rows for counts in landed),
        duplicates=sum(counts.duplicates for counts in landed),
        failures=tuple(failures),
    )


def _find_files(manifest: Manifest, root: Path, failures: list[str]) -> list[_File]:
    """Return the files that the patterns match, each file once. A pattern without files becomes a failure."""
    files: dict[Path, _File] = {}
    for pattern in manifest.files:
        found = list(matching_files(root, pattern))
        if not found:
            failures.append(
                f"{manifest.name}: no file below {root} matches {pattern}; check the folder and the manifest"
            )
        for path, fields in found:
            files.setdefault(path, _File(path, path.relative_to(root).as_posix(), fields))
    return list(files.values())


def _land_file(manifest: Manifest, file: _File, landing_dir: Path, observed_at: datetime) -> _Counts | None:
    """Land one file and return its counts. Return None when its content has landed before."""
    try:
        data = file.path.read_bytes()
    except OSError as error:
        raise InputError(f"{file.name}: cannot be read ({error.strerror}); check its permissions") from error
    batch = Batch(
        dataset=manifest.dataset,
        collector=manifest.name,
        origin=f"{manifest.name}:{file.name}",
        content_sha256=content_sha256(data, manifest.rules_json, json.dumps(file.fields, sort_keys=True)),
        observed_at=observed_at,
    )
    if is_landed(landing_dir, batch):
        return None
    parsed = parse_source(read_source(file.name, data, manifest), manifest, file.fields, observed_at)
    write_batch(landing_dir, batch, DATASETS[manifest.dataset], parsed.table)
    return _Counts(parsed.table.num_rows, parsed.duplicates)
