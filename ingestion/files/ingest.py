"""Landing of the files that a manifest names: one batch for each file, unless it is unchanged or fails.

What belongs here: the run over the files and its report. What does not: rows (parser.py), the manifest (manifest.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from common.clock import utc_now
from common.errors import InputError
from common.settings import SourceMode
from ingestion.files.last_line import complete_lines, has_rows, waits_until
from ingestion.files.manifest import Manifest
from ingestion.files.parser import Parsed, parse_source
from ingestion.files.patterns import matching_files
from ingestion.files.reader import read_source
from ingestion.landing import Batch, content_sha256, is_landed, write_batch
from ingestion.records import DATASETS


@dataclass(frozen=True)
class IngestReport:
    """The result of an import.

    ``landed`` and ``unchanged`` count files with and without new rows, ``rows`` the landed records, ``duplicates`` the
    identical repetitions that did not land. ``failures`` has one line for each failed file or pattern, with the reason.
    ``waiting`` has one line for each file whose last line may still be written, with the time at which it may land.
    """

    landed: int
    unchanged: int
    rows: int
    duplicates: int
    failures: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class _Landing:
    """The landing of one file: its new records, if it has any, and the time until which its last line waits."""

    parsed: Parsed | None
    waits_until: datetime | None


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
    waiting: list[str] = []
    landed: list[Parsed] = []
    unchanged = 0
    for done, file in enumerate(files, start=1):
        try:
            landing = _land_file(manifest, file, landing_dir, observed_at)
        except InputError as error:
            failures.append(f"{manifest.name}: {error}")
        else:
            landed += [landing.parsed] if landing.parsed else []
            unchanged += landing.parsed is None
            if landing.waits_until:
                waiting.append(_waiting_line(manifest, file, landing.waits_until))
        if on_progress:
            on_progress(done, len(files))
    return IngestReport(
        landed=len(landed),
        unchanged=unchanged,
        rows=sum(parsed.table.num_rows for parsed in landed),
        duplicates=sum(parsed.duplicates for parsed in landed),
        failures=tuple(failures),
        waiting=tuple(waiting),
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


def _waiting_line(manifest: Manifest, file: _File, until: datetime) -> str:
    return (
        f"{manifest.name}: {file.name}: the last line is not complete yet (it has no newline); it lands at the next "
        f"run after {until:%Y-%m-%d %H:%M:%S} UTC, or when the newline is there"
    )


def _land_file(manifest: Manifest, file: _File, landing_dir: Path, observed_at: datetime) -> _Landing:
    """Land the rows of one file, unless its content has landed before. A last line that waits does not land."""
    data, modified_at = _read(file)
    batch = _batch(manifest, file, data, observed_at)
    if is_landed(landing_dir, batch):
        return _Landing(None, None)
    until = waits_until(file.name, data, modified_at=modified_at, now=utc_now())
    if until:
        data = complete_lines(data)
        batch = _batch(manifest, file, data, observed_at)
        has_header_line = manifest.header is None
        if not has_rows(file.name, data, has_header_line=has_header_line) or is_landed(landing_dir, batch):
            return _Landing(None, until)
    parsed = parse_source(read_source(file.name, data, manifest), manifest, file.fields, observed_at)
    write_batch(landing_dir, batch, DATASETS[manifest.dataset], parsed.table)
    return _Landing(parsed, until)


def _read(file: _File) -> tuple[bytes, datetime]:
    """Return the content of a file and the time of its last change, UTC and naive."""
    try:
        data = file.path.read_bytes()
        # The time is read after the content: the file is at most newer than the content says.
        modified = file.path.stat().st_mtime
    except OSError as error:
        raise InputError(f"{file.name}: cannot be read ({error.strerror}); check its permissions") from error
    return data, datetime.fromtimestamp(modified, UTC).replace(tzinfo=None)


def _batch(manifest: Manifest, file: _File, data: bytes, observed_at: datetime) -> Batch:
    return Batch(
        dataset=manifest.dataset,
        collector=manifest.name,
        origin=f"{manifest.name}:{file.name}",
        content_sha256=content_sha256(data, manifest.rules_json, json.dumps(file.fields, sort_keys=True)),
        observed_at=observed_at,
    )
