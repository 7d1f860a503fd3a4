"""Rejecting a batch: its rows go, it stays away, and nothing stands on it any more."""

from datetime import datetime

import pytest

from common.errors import InputError, WarehouseError
from warehouse.connection import open_build
from warehouse.loader import load
from warehouse.publish import publish
from warehouse.rejection import reject_batch, restore_batch

at = datetime.fromisoformat


def _count(settings, table):
    with open_build(settings.build_file) as con:
        return con.execute(f"select count(*) from {table}").fetchall()[0][0]


def test_takes_a_batch_out_for_good(built, land, load_all):
    bad = land("open_interest", [{"oi_native": -1.0}, {"oi_native": -2.0, "symbol": "ETHUSDT"}], origin="bad.csv")
    load_all()
    with open_build(built.build_file) as con:
        assert reject_batch(con, bad.batch_id, "negative") == {"open_interest": 2}
        assert con.execute("select min(oi_native), count(*) from raw.open_interest").fetchall() == [(1000.0, 2)]
        rejected = con.execute("select batch_id, dataset, origin, row_count, reason from ops.rejected_batch").fetchall()
        assert rejected == [(bad.batch_id, "open_interest", "bad.csv", 2, "negative")]
        assert load(con, built.landing_dir).batches == {}
    assert _count(built, "raw.open_interest") == 2


def test_the_next_build_starts_anew_and_nothing_is_published_before(built, land, load_all):
    bad = land("open_interest", [{"oi_native": -1.0}], origin="bad.csv")
    load_all()
    with open_build(built.build_file) as con:
        reject_batch(con, bad.batch_id, "negative")
    assert _count(built, "ops.build") == 0
    with pytest.raises(WarehouseError, match="no build has completed"):
        publish(built.build_file, built.published_file, run_id="r")


def test_a_rejected_batch_can_come_back(built, land, load_all):
    batch = land("open_interest", [{"stamped_at": at("2025-07-05")}], origin="good.csv")
    load_all()
    with open_build(built.build_file) as con:
        reject_batch(con, batch.batch_id, "by mistake")
        restore_batch(con, batch.batch_id)
        assert load(con, built.landing_dir).rows == {"open_interest": 1}
    assert _count(built, "ops.rejected_batch") == 0


def test_refuses_unknown_batches_and_no_reason(built):
    with open_build(built.build_file) as con:
        with pytest.raises(InputError, match=r"batch x\.y\.z is not loaded"):
            reject_batch(con, "x.y.z", "why")
        with pytest.raises(InputError, match="give a reason"):
            reject_batch(con, "x.y.z", " ")
        with pytest.raises(InputError, match="was not rejected"):
            restore_batch(con, "x.y.z")
    assert _count(built, "ops.build") == 1
