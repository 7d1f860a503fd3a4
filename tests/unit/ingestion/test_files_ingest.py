"""Files land as batches: a file lands whole or not at all, a changed file lands again, an unchanged file does not."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from files_support import OBSERVED_AT, RECORD, import_file, landed_rows, make_manifest, parquet_bytes

from ingestion.files.ingest import ingest_manifest
from ingestion.landing import list_batches, read_batch

GOOD = "time,oi\n2026-01-01 00:00:00,1.5\n2026-01-01 01:00:00,2\n"
EMPTY_TAIL = "get it again or remove it"


@pytest.mark.parametrize(
    ("data", "changes", "failure"),
    [
        (
            "time,open_interest\n2026-01-01,1\n",
            {},
            "column oi is missing (it has time, open_interest); correct the manifest, or the file",
        ),
        ("time,oi\n2026-01-01,1\n2026-01-02,abc\n", {}, "line 3, column oi: 'abc' is not a number; correct it"),
        (
            "time,oi\n2026-01-01,1.0.0\n2026-01-02,0x10\n",
            {},
            "line 2, column oi: '1.0.0' (and 1 more) is not a number; correct it",
        ),
        ("time,oi\n2026-01-01,NaN\n", {}, "line 2, column oi: 'NaN' is not a number; correct it"),
        ("time,oi\n2026-01-01,inf\n", {}, "line 2, column oi: 'inf' is not a number; correct it"),
        (
            "time,oi\n2026-01-01,1e999\n",
            {},
            "line 2, column oi: '1e999' is not a finite number; correct it, or leave it empty",
        ),
        (
            "time,oi\n2026-01-01,\n",
            {},
            "line 2, column oi: '' is empty; write 'empty: missing' if empty cells are right",
        ),
        (
            "time,oi\n2026-01-01,\n",
            {"empty": "missing"},
            "all values are empty, so the file makes no record; remove it",
        ),
        (
            "time,oi\n2026-01-09,1\n2026-01-11 00:00:01,1\n",
            {},
            "line 3, column time: '2026-01-11 00:00:01' is over a day after its observation; "
            "correct the unit, the zone or the cell",
        ),
        (
            "time,oi\n2014-12-31 23:59:59,1\n",
            {},
            "line 2, column time: '2014-12-31 23:59:59' is before 2015; correct the unit of time or the cell",
        ),
        (
            "time,oi\n2026-01-01 00:00:00,1\n2026-01-01 01:00:00+00:00,1\n",
            {},
            "line 2, column time: '2026-01-01 00:00:00' has no offset, but other cells of the column have one; "
            "write every cell with an offset",
        ),
        (
            "time,oi\n2026-01-01 00:00:00+02:00,1\n",
            {"time": {"column": "time", "unit": "iso", "zone": "+06:00", "label_convention": "instant"}},
            "line 2, column time: '2026-01-01 00:00:00+02:00' is in another zone than the declared +06:00; "
            "write 'zone: in_cell'",
        ),
        (
            "time,oi\n2026-01-01,1\n2026-01-02,5\n2026-01-01,2\n",
            {},
            "lines 2 and 4 have one key ('binance', 'BTCUSDT', 2026-01-01 00:00:00) "
            "and different values; keep one of them",
        ),
        ("time,oi,oi\n2026-01-01,1,1\n", {}, "two columns have the same name in time, oi, oi; rename one of them"),
        ("time,o\ti\n2026-01-01,1\n", {}, "the column name 'o\\ti' is not printable; rename the column"),
        ("", {}, f"the file is empty; {EMPTY_TAIL}"),
        ("\n\n", {}, f"the file is empty; {EMPTY_TAIL}"),
        ("time,oi\n", {}, f"the file has no rows; {EMPTY_TAIL}"),
        (
            "time,oi\n2026-01-01,1\n",
            {"where": {"oi": "2"}},
            "no row has oi = 2; correct 'where'",
        ),
    ],
)
def test_a_bad_file_is_one_line_and_lands_nothing(
    tmp_path: Path, data: str, changes: dict[str, object], failure: str
) -> None:
    report = import_file(tmp_path, data, **changes)
    assert report.failures == (f"sample: data.csv: {failure}",)
    assert (report.landed, report.rows) == (0, 0)
    assert list((tmp_path).rglob("*.parquet*")) == []


def test_a_ragged_row_is_refused(tmp_path: Path) -> None:
    report = import_file(tmp_path, "time,oi\n2026-01-01,1\n2026-01-02\n")
    assert report.failures[0].startswith("sample: data.csv: cannot be read as CSV (CSV parse error")
    assert len(report.failures[0].splitlines()) == 1


def test_a_blank_line_is_a_row_so_that_line_numbers_stay_true(tmp_path: Path) -> None:
    report = import_file(tmp_path, "time,oi\n2026-01-01,1\n\n2026-01-02,x\n", empty="missing")
    assert report.failures == (
        "sample: data.csv: line 3, column time: '' is empty, and every record needs its time; correct it",
    )


@pytest.mark.parametrize("kept", [20, 40, -5])
def test_a_truncated_gzip_is_refused(tmp_path: Path, kept: int) -> None:
    report = import_file(tmp_path, gzip.compress(GOOD.encode(), mtime=0)[:kept], "data.csv.gz")
    assert report.failures[0].startswith("sample: data.csv.gz: the gzip is broken or cut off (")
    assert landed_rows(tmp_path) == []


def test_nan_and_infinity_in_parquet_are_refused(tmp_path: Path) -> None:
    for value in (float("nan"), float("inf")):
        data = parquet_bytes(time=["2026-01-01", "2026-01-02"], oi=[1.0, value])
        report = import_file(tmp_path, data, "data.parquet")
        assert report.failures == (
            f"sample: data.parquet: row 2, column oi: '{value}' is not a finite number; correct it, or leave it empty",
        )


def test_a_failing_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for name, data in (("a.csv", "time,oi\nx,1\n"), ("b.csv", GOOD), ("c.csv", "")):
        (tmp_path / name).write_text(data)
    calls: list[tuple[int, int]] = []
    report = ingest_manifest(
        make_manifest(files=["{day}.csv"]),
        tmp_path,
        tmp_path / "landing",
        observed_at=OBSERVED_AT,
        on_progress=lambda done, total: calls.append((done, total)),
    )
    assert (report.landed, report.rows, len(report.failures)) == (1, 2, 2)
    assert [row["oi_native"] for row in landed_rows(tmp_path)] == [1.5, 2.0]
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_pattern_without_files_is_a_failure_that_names_root_and_pattern(tmp_path: Path) -> None:
    report = ingest_manifest(make_manifest(), tmp_path, tmp_path / "landing", observed_at=OBSERVED_AT)
    assert report.failures == (f"sample: no file below {tmp_path} matches data.csv; check the folder and the manifest",)


def test_a_batch_says_where_it_came_from(tmp_path: Path) -> None:
    import_file(tmp_path, GOOD, "deep/er/data.csv")
    (path,) = list_batches(tmp_path / "landing")
    batch = read_batch(path)
    assert (batch.dataset, batch.collector, batch.origin) == ("open_interest", "sample", "sample:deep/er/data.csv")
    assert batch.observed_at == OBSERVED_AT


def test_an_unchanged_file_does_not_land_again_and_a_changed_one_does(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    assert import_file(tmp_path, GOOD).landed == 1

    def again(days: int, **changes: object) -> tuple[int, int]:
        report = ingest_manifest(
            make_manifest(**changes), tmp_path, landing, observed_at=OBSERVED_AT + timedelta(days=days)
        )
        assert report.failures == ()
        return report.landed, report.unchanged

    assert again(1) == (0, 1)
    assert again(2, description="Other words.") == (0, 1)
    (tmp_path / "data.csv").write_text(GOOD.replace("1.5", "1.6"))
    assert again(3) == (1, 0)
    assert again(4) == (0, 1)
    assert again(5, symbol={"fixed": "ETHUSDT"}) == (1, 0)
    values = [(row["symbol"], row["oi_native"], row["observed_at"]) for row in landed_rows(tmp_path)]
    assert values[::2] == [
        ("BTCUSDT", 1.5, OBSERVED_AT),
        ("BTCUSDT", 1.6, OBSERVED_AT + timedelta(days=3)),
        ("ETHUSDT", 1.6, OBSERVED_AT + timedelta(days=5)),
    ]


def test_source_mode_can_be_overridden_and_is_part_of_the_content(tmp_path: Path) -> None:
    import_file(tmp_path, GOOD)
    report = ingest_manifest(
        make_manifest(),
        tmp_path,
        tmp_path / "landing",
        observed_at=OBSERVED_AT + timedelta(days=1),
        source_mode="simulated",
    )
    assert report.landed == 1
    assert [row["source_mode"] for row in landed_rows(tmp_path)] == ["file", "file", "simulated", "simulated"]


def test_identical_rows_collapse_and_are_counted(tmp_path: Path) -> None:
    report = import_file(tmp_path, "time,oi\n2026-01-01,1\n2026-01-01,1.0\n2026-01-02,1\n2026-01-01,1\n")
    assert (report.rows, report.duplicates, report.failures) == (2, 2, ())
    assert [row["stamped_at"].day for row in landed_rows(tmp_path)] == [1, 2]


def test_one_key_seen_at_two_times_is_kept_twice(tmp_path: Path) -> None:
    data = (
        "time,seen,oi\n"
        "2026-01-01,2026-01-02T10:00:00+01:00,1\n"
        "2026-01-01,2026-01-03T10:00:00+01:00,2\n"
        "2026-01-01,2026-01-03T10:00:00+01:00,2\n"
    )
    report = import_file(tmp_path, data, observed={"column": "seen", "unit": "iso", "zone": "in_cell"})
    assert (report.rows, report.duplicates, report.failures) == (2, 1, ())
    assert [(str(row["observed_at"]), row["oi_native"]) for row in landed_rows(tmp_path)] == [
        ("2026-01-02 09:00:00", 1.0),
        ("2026-01-03 09:00:00", 2.0),
    ]


def test_a_time_label_is_compared_with_the_time_of_its_own_observation(tmp_path: Path) -> None:
    observed = {"column": "seen", "unit": "iso"}
    report = import_file(tmp_path, "time,seen,oi\n2026-01-05,2026-01-03,1\n", observed=observed)
    assert "line 2, column time: '2026-01-05' is over a day after its observation" in report.failures[0]
    report = import_file(tmp_path, "time,seen,oi\n2026-01-05,2026-02-03,1\n", observed=observed)
    assert "line 2, column seen: '2026-02-03' is over a day after its observation" in report.failures[0]


def test_two_records_of_one_row_do_not_collide(tmp_path: Path) -> None:
    single = {"values": {"oi_native": "single"}, "unit": "base", "constants": {"native_field": "singleOpenInterest"}}
    report = import_file(tmp_path, "time,oi,single\n2026-01-01,2,1\n", records=[RECORD, single])
    assert report.rows == 2
    assert {row["native_field"]: row["oi_native"] for row in landed_rows(tmp_path)} == {
        "openInterest": 2.0,
        "singleOpenInterest": 1.0,
    }
