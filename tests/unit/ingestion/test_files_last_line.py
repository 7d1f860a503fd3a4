"""A last line without a newline waits while its file may still be written, and lands when the file is finished."""

import gzip
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from files_support import OBSERVED_AT, UNTIMED, landed_rows, make_manifest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.files.ingest import IngestReport, ingest_manifest
from ingestion.files.last_line import waits_until
from ingestion.landing import list_batches

HEADER = "time,oi\n"
FIRST, SECOND = "2026-01-01 00:00:00,80470\n", "2026-01-01 01:00:00,80480\n"
NOW = datetime(2026, 1, 10, 12)  # noqa: DTZ001 naive UTC, as the API takes it
MINUTE = timedelta(minutes=1)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., IngestReport]:
    """Write a file that changed ``minutes`` ago, and land it. Each run is a later observation."""
    numbers: Iterator[int] = iter(range(1000))

    def write_and_land(data: str | bytes, *, minutes: float = 0, name: str = "data.csv", **changes) -> IngestReport:
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        modified = time.time() - minutes * 60
        os.utime(tmp_path / name, (modified, modified))
        observed_at = OBSERVED_AT + next(numbers) * MINUTE
        manifest = make_manifest(files=[name], **changes)
        return ingest_manifest(manifest, tmp_path, tmp_path / "landing", observed_at=observed_at)

    return write_and_land


def _values(folder: Path) -> list[object]:
    return [row["oi_native"] for row in landed_rows(folder)]


def _newest(folder: Path) -> dict[object, object]:
    """Return the value of each time of which the newest observation counts, as staging takes it."""
    rows = sorted(landed_rows(folder), key=lambda row: row["observed_at"])
    return {row["stamped_at"]: row["oi_native"] for row in rows}


def test_a_cut_number_waits_and_lands_whole(run, tmp_path):
    cut = run(HEADER + FIRST + SECOND[:-4])
    assert (cut.landed, cut.rows, cut.failures) == (1, 1, ())
    assert _values(tmp_path) == [80470]
    (line,) = cut.waiting
    assert line.startswith("sample: data.csv: the last line is not complete yet (it has no newline); it lands at the")

    whole = run(HEADER + FIRST + SECOND)
    assert (whole.landed, whole.waiting) == (1, ())
    assert _values(tmp_path) == [80470, 80470, 80480]


def test_the_last_line_of_a_finished_file_lands_at_the_next_run(run, tmp_path):
    finished = HEADER + FIRST + SECOND.rstrip("\n")
    assert len(run(finished).waiting) == 1
    waiting = run(finished, minutes=9)
    assert (waiting.landed, waiting.unchanged, len(waiting.waiting)) == (0, 1, 1)
    assert _values(tmp_path) == [80470]
    # The file itself has not changed since the last run.
    done = run(finished, minutes=11)
    assert (done.landed, done.waiting, _values(tmp_path)) == (1, (), [80470, 80470, 80480])
    # It has landed, so it is complete whenever it is touched.
    for minutes in (11, 0):
        again = run(finished, minutes=minutes)
        assert (again.landed, again.unchanged, again.waiting) == (0, 1, ())


@pytest.mark.parametrize("data", ["ti", "time,oi", HEADER + "2026-01-01 00:00:00,8"])
def test_a_file_without_a_complete_row_waits_and_is_no_failure(run, tmp_path, data):
    report = run(data)
    assert (report.landed, report.unchanged, report.failures, len(report.waiting)) == (0, 1, (), 1)
    assert landed_rows(tmp_path) == []


def test_a_file_of_one_line_without_a_header_line_waits(run, tmp_path):
    assert len(run(FIRST.strip(), header=["time", "oi"]).waiting) == 1
    assert run(FIRST + SECOND.strip(), header=["time", "oi"]).rows == 1
    assert _values(tmp_path) == [80470]


def test_a_cut_line_that_no_longer_changes_is_an_error_of_the_file(run):
    assert "cannot be read as CSV" in run(HEADER + FIRST + "2026-01-01", minutes=11).failures[0]
    line = '{"time": "2026-01-01", "oi": 1}\n{"time": "2026-'
    assert "cannot be read as JSON" in run(line, minutes=11, name="data.jsonl").failures[0]


def test_a_damaged_line_before_the_last_fails_at_once(run):
    report = run(HEADER + "2026-01-01 00:00:00,x\n2026-01-01 01:00:00,8")
    assert (len(report.failures), report.waiting) == (1, ())


def test_a_compressed_file_is_whole(run):
    report = run(gzip.compress((HEADER + FIRST.strip()).encode()), name="data.csv.gz")
    assert (report.rows, report.waiting) == (1, ())


@pytest.mark.parametrize(
    ("name", "data", "age", "waits"),
    [
        ("a/data.csv", b"1,2", 0 * MINUTE, True),
        ("a/data.jsonl", b"{}", 9.9 * MINUTE, True),
        ("a/data.csv", b"1,2", 10 * MINUTE, False),
        ("a/data.csv", b"1,2\r\n", 0 * MINUTE, False),
        ("a/data.csv", b"1,2\r", 0 * MINUTE, True),
        # The reader refuses a file without any content.
        ("a/data.csv", b"", 0 * MINUTE, False),
        # The clock of the file's computer is ahead: the line waits ten minutes at most, never for years.
        ("a/data.csv", b"1,2", -3 * MINUTE, True),
        ("a/data.csv", b"1,2", -10 * MINUTE, False),
        ("a/data.json", b"[]", 0 * MINUTE, False),
        ("a/data.jsonl.gz", b"x", 0 * MINUTE, False),
        ("a/data.parquet", b"x", 0 * MINUTE, False),
    ],
)
def test_which_last_lines_wait(name, data, age, waits):
    until = waits_until(name, data, modified_at=NOW - age, now=NOW)
    assert until == (NOW - age + 10 * MINUTE if waits else None)


@st.composite
def _growing_files(draw: st.DrawFn) -> tuple[str, bytes, list[int]]:
    """Return a name, the bytes of the finished file, and the lengths at which runs see it."""
    name = draw(st.sampled_from(["data.csv", "data.jsonl"]))
    oi = draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
    if name == "data.csv":
        lines = ["time,oi", *(f"2026-01-01 {hour:02}:00:00,{value}" for hour, value in enumerate(oi))]
    else:
        lines = [f'{{"time": "2026-01-01 {hour:02}:00:00", "oi": {value}}}' for hour, value in enumerate(oi)]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    data = (newline.join(lines) + draw(st.sampled_from(["", newline]))).encode()
    lengths = draw(st.lists(st.integers(1, len(data)), max_size=12))
    return name, data, sorted(lengths)


@UNTIMED
@given(file=_growing_files())
def test_a_growing_file_never_lands_a_cut_value_and_ends_as_the_finished_file(tmp_path_factory, file):
    name, data, lengths = file
    _check_growth(tmp_path_factory.mktemp("growing"), name, data, lengths)


def test_a_file_that_grows_byte_by_byte_lands_once_for_each_line(tmp_path):
    data = (HEADER + FIRST + SECOND).encode().rstrip()
    _check_growth(tmp_path, "data.csv", data, list(range(1, len(data) + 1)))


def _check_growth(folder: Path, name: str, data: bytes, lengths: list[int]) -> None:
    """Run at each length of the growing file, twice each, then on the finished file."""
    path, landing, manifest = folder / name, folder / "landing", make_manifest(files=[name])
    finished = folder / "finished"
    finished.mkdir()
    (finished / name).write_bytes(data)
    _age(finished / name)
    ingest_manifest(manifest, finished, finished / "landing", observed_at=OBSERVED_AT)
    expected = _newest(finished)
    assert expected

    runs = 0
    for length in lengths:
        path.write_bytes(data[:length])
        for _ in range(2):
            runs += 1
            ingest_manifest(manifest, folder, landing, observed_at=OBSERVED_AT + runs * MINUTE)
        assert _newest(folder).items() <= expected.items()
    path.write_bytes(data)
    _age(path)
    for again in (1, 2):
        report = ingest_manifest(manifest, folder, landing, observed_at=OBSERVED_AT + (runs + again) * MINUTE)
    assert (report.landed, report.waiting, report.failures) == (0, (), ())
    assert _newest(folder) == expected
    # A byte more is no new content: at most one batch for each complete line, and one for the whole file.
    assert len(list(list_batches(landing))) <= len(expected) + 1


def _age(path: Path) -> None:
    """Let the last change of ``path`` be an hour ago."""
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
