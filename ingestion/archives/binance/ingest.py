"""Landing of archive files: fetch the files that have not landed, verify, parse and write them.

The failure of a file does not stop the others.

What belongs here: the run over a plan and its report.
What does not: paths (catalogue.py), transport (sites.py), rows (parsers.py).
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from common.errors import InputError, OiwError
from common.retry import RetryPolicy
from ingestion.archives.binance.catalogue import ArchiveFile, ArchiveRequest, plan
from ingestion.archives.binance.parsers import PARSERS
from ingestion.archives.sites import Site, open_site
from ingestion.archives.zips import parse_checksum, verified_member
from ingestion.landing import Batch, content_sha256, is_landed, write_batch

PUBLIC_SITE = "https://data.binance.vision"

_PARALLEL_FILES = 8
_RETRY = RetryPolicy(attempts=5, longest_wait_seconds=60)
_MAX_ZIP_BYTES = 64 * 1024 * 1024
_MAX_CHECKSUM_BYTES = 4096
# Part of a batch's identity. Increase it when a parser makes other rows from the same file: then the files land again.
_PARSER_VERSION = "1"


@dataclass(frozen=True)
class ArchiveReport:
    """The result for every file of the plan, each named by its archive path, in the plan's order.

    ``landed`` files were fetched and written. ``unchanged`` files had landed before with the same checksum. ``missing``
    files are not in the archive, which has gaps. ``failures`` has a one-line error for each file that failed; such a
    file lands no row. ``rows`` counts the newly landed rows by dataset.
    """

    landed: tuple[str, ...]
    unchanged: tuple[str, ...]
    missing: tuple[str, ...]
    failures: tuple[str, ...]
    rows: dict[str, int]


@dataclass(frozen=True)
class _Outcome:
    kind: Literal["landed", "unchanged", "missing", "failures"]
    text: str
    rows: dict[str, int] = field(default_factory=dict)


def ingest_archive(
    request: ArchiveRequest,
    landing_dir: Path,
    *,
    site: str | Path = PUBLIC_SITE,
    observed_at: datetime,
    on_progress: Callable[[int, int], None] | None = None,
    retry: RetryPolicy = _RETRY,
) -> ArchiveReport:
    """Land every file of ``request``, except the files that have landed with the archive's current checksum.

    ``site`` is a URL or the directory of a local mirror with the same layout; ``observed_at`` is UTC and naive.
    ``on_progress(done, total)`` is called after each file. When it raises, the run stops. The next run lands the rest.
    Raises InputError when ``site`` is neither a URL nor a directory.
    """
    files = plan(request)
    source = open_site(site, retry)
    outcomes: dict[ArchiveFile, _Outcome] = {}

    def land(file: ArchiveFile) -> _Outcome:
        return _land_or_report(file, landing_dir, source, observed_at)

    executor = ThreadPoolExecutor(max_workers=_PARALLEL_FILES)
    try:
        for file, outcome in _run_bounded(executor, land, files):
            outcomes[file] = outcome
            if on_progress:
                on_progress(len(outcomes), len(files))
    finally:
        source.stop()
        executor.shutdown(cancel_futures=True)
        source.close()
    return _report([outcomes[file] for file in files])


def _run_bounded(
    executor: ThreadPoolExecutor, land: Callable[[ArchiveFile], _Outcome], files: Iterable[ArchiveFile]
) -> Iterator[tuple[ArchiveFile, _Outcome]]:
    """Yield each file with its outcome when it is done. At most two files per thread are queued or running."""
    waiting = iter(files)
    running: dict[Future[_Outcome], ArchiveFile] = {}
    while True:
        for file in islice(waiting, 2 * _PARALLEL_FILES - len(running)):
            running[executor.submit(land, file)] = file
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), future.result()


def _report(outcomes: list[_Outcome]) -> ArchiveReport:
    texts: dict[str, list[str]] = {"landed": [], "unchanged": [], "missing": [], "failures": []}
    rows: dict[str, int] = {}
    for outcome in outcomes:
        texts[outcome.kind].append(outcome.text)
        for dataset, count in outcome.rows.items():
            rows[dataset] = rows.get(dataset, 0) + count
    return ArchiveReport(**{kind: tuple(text) for kind, text in texts.items()}, rows=rows)


def _land_or_report(file: ArchiveFile, landing_dir: Path, source: Site, observed_at: datetime) -> _Outcome:
    try:
        return _land(file, landing_dir, source, observed_at)
    except OiwError as error:
        return _Outcome("failures", str(error))


def _land(file: ArchiveFile, landing_dir: Path, source: Site, observed_at: datetime) -> _Outcome:
    """Fetch, verify, parse and write one file, unless it has landed. Raises InputError or TransientError."""
    checksum = source.read(f"{file.path}.CHECKSUM", max_bytes=_MAX_CHECKSUM_BYTES)
    if checksum is None:
        if source.read(file.path, max_bytes=_MAX_ZIP_BYTES) is None:
            return _Outcome("missing", file.path)
        raise InputError(
            f"{file.path}: it has no .CHECKSUM file, so it is not loaded; add the .CHECKSUM or try again later"
        )
    sha256 = parse_checksum(checksum, file.path)
    parser = PARSERS[file.dataset]
    batches = {
        dataset.name: Batch(
            dataset=dataset.name,
            collector=file.collector,
            # The path and not the URL, because the same file in a mirror and on the site is the same observation.
            origin=file.path,
            content_sha256=content_sha256(sha256, _PARSER_VERSION),
            observed_at=observed_at,
        )
        for dataset in parser.datasets
    }
    if all(is_landed(landing_dir, batch) for batch in batches.values()):
        return _Outcome("unchanged", file.path)
    content = source.read(file.path, max_bytes=_MAX_ZIP_BYTES)
    if content is None:
        return _Outcome("missing", file.path)
    tables = parser.parse(file, verified_member(content, sha256, file.path), observed_at)
    rows = {
        dataset.name: tables[dataset.name].num_rows
        for dataset in parser.datasets
        if write_batch(landing_dir, batches[dataset.name], dataset, tables[dataset.name])
    }
    return _Outcome("landed", file.path, rows)
