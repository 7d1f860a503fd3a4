"""Loading: each batch once, whole or not at all, never simulated beside real rows."""

import shutil
from datetime import datetime

import pyarrow.parquet as pq
import pytest

from common.errors import WarehouseError
from common.settings import PROJECT_ROOT
from ingestion.landing import batch_path
from warehouse.connection import open_build
from warehouse.loader import load

at = datetime.fromisoformat


def _load(settings, **arguments):
    with open_build(settings.build_file) as con:
        return load(con, settings.landing_dir, **arguments)


def _rows(settings, sql):
    with open_build(settings.build_file) as con:
        return con.execute(sql).fetchall()


def test_loads_every_batch_once(settings, land):
    land("open_interest", [{}, {"stamped_at": at("2025-07-01 01:00")}])
    land("candle", [{}])
    report = _load(settings)
    assert (report.batches, report.rows) == ({"candle": 1, "open_interest": 1}, {"candle": 1, "open_interest": 2})
    assert _load(settings).batches == {}
    assert _rows(settings, "select dataset, row_count from ops.load_batch order by 1") == [
        ("candle", 1),
        ("open_interest", 2),
    ]
    assert _rows(settings, "select count(*) from raw.open_interest") == [(2,)]


def test_a_batch_id_in_two_datasets_is_two_batches(settings, land):
    first = land("open_interest", [{}])
    _load(settings)
    second = land("candle", [{}])
    # Binance metrics land in two datasets under one id, and a crash may come between them.
    path = batch_path(settings.landing_dir, second)
    path.rename(path.with_name(f"{first.batch_id}.parquet"))
    assert _load(settings).batches == {"candle": 1}


def test_rows_stand_in_the_order_of_the_file(settings, land):
    stamps = [at("2025-07-01 03:00"), at("2025-07-01 01:00"), at("2025-07-01 02:00")]
    land("open_interest", [{"stamped_at": stamp} for stamp in stamps])
    _load(settings)
    assert [stamp for (stamp,) in _rows(settings, "select stamped_at from raw.open_interest order by rowid")] == stamps


def test_batches_of_a_former_version_load_under_the_names_of_today(settings, land):
    former = PROJECT_ROOT / "tests/former/landing"
    landed = {path: pq.read_table(path) for path in former.rglob("*.parquet")}
    assert {"stamp_habit", "listened_from"} <= {name for table in landed.values() for name in table.schema.names}
    shutil.copytree(former, settings.landing_dir)
    # One of today beside them, in the same transaction.
    land("open_interest", [{"source_mode": "simulated", "label_convention": "end"}])
    report = _load(settings)
    assert report.failures == ()
    assert report.batches == {"open_interest": 4, "funding_rate": 1, "stream_coverage": 1}
    assert report.rows == {"open_interest": 73, "funding_rate": 3, "stream_coverage": 2}
    assert _rows(settings, "select label_convention, count(*) from raw.open_interest group by 1 order by 1") == [
        ("end", 1),
        ("instant", 72),
    ]
    (intervals,) = [table for table in landed.values() if "listened_from" in table.schema.names]
    covered = _rows(settings, "select covered_from, label_convention from raw.stream_coverage order by 1")
    assert covered == [(start, "instant") for start in intervals["listened_from"].to_pylist()]
    assert _load(settings).batches == {}


def test_an_unreadable_batch_is_named_and_the_others_are_loaded(settings, land):
    land("open_interest", [{}])
    broken = batch_path(settings.landing_dir, land("open_interest", [{"oi_native": 2.0}], origin="broken.csv"))
    broken.write_bytes(b"not parquet")
    report = _load(settings)
    assert report.rows == {"open_interest": 1}
    assert len(report.failures) == 1
    assert str(broken) in report.failures[0]


def test_simulated_rows_never_stand_beside_real_ones(settings, land):
    land("open_interest", [{}])
    _load(settings)
    land("candle", [{"source_mode": "simulated"}])
    with pytest.raises(WarehouseError, match="would mix simulated with file rows: set OIW_HOME"):
        _load(settings)
    assert _rows(settings, "select count(*) from raw.candle") == [(0,)]
    assert _rows(settings, "select dataset from ops.load_batch") == [("open_interest",)]


def test_reports_progress_and_goes_on_after_a_stop(settings, land):
    for day in range(1, 4):
        land("open_interest", [{"stamped_at": at(f"2025-07-0{day}")}], origin=f"{day}.csv")
    land("candle", [{}])
    seen = []

    def stop(done, total):
        seen.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _load(settings, on_progress=stop)
    assert seen == [(1, 4)]
    assert _load(settings).batches == {"open_interest": 3}


def test_nothing_landed_is_nothing_loaded(settings):
    shutil.rmtree(settings.home, ignore_errors=True)
    assert _load(settings).rows == {}
