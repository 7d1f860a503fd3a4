"""The published file: what is in it, what it says of itself, when it is refused."""

import stat
from datetime import datetime

import duckdb
import pytest

from common.errors import WarehouseError
from warehouse.connection import open_build, open_read_only
from warehouse.publish import publish

at = datetime.fromisoformat


def _publish(settings, run_id="run-1"):
    return publish(settings.build_file, settings.published_file, run_id=run_id)


def _rows(settings, sql):
    with open_read_only(settings.published_file, missing="") as con:
        return con.execute(sql).fetchall()


def test_publishes_tables_and_views_of_public_schemas_only(built):
    report = _publish(built)
    assert report.rows == {
        "core.fct_open_interest": 2,
        "quality.dq_restatement": 1,
        "quality.dq_unmapped_methodology": 0,
    }
    tables = _rows(
        built, "select table_schema || '.' || table_name, table_type from information_schema.tables order by 1"
    )
    assert tables == [
        ("core.fct_open_interest", "BASE TABLE"),
        ("quality.dq_restatement", "BASE TABLE"),
        ("quality.dq_unmapped_methodology", "BASE TABLE"),
        ("reporting.rpt_publication", "BASE TABLE"),
    ]
    assert _rows(built, "select oi_base from core.fct_open_interest order by event_at") == [(1000.0,), (1001.0,)]


def test_carries_comments_of_tables_and_columns(built):
    _publish(built)
    assert _rows(built, "select comment from duckdb_tables() where table_name = 'fct_open_interest'") == [
        ("One row per instrument and instant; it's a test.",)
    ]
    assert _rows(built, "select column_name, comment from duckdb_columns() where comment is not null") == [
        ("oi_base", "Open interest, in coins.")
    ]


def test_says_which_run_made_it_from_what(built, land, load_all, complete_build):
    land("open_interest", [{"source_mode": "archive", "stamped_at": at("2025-06-01")}], origin="other.csv")
    load_all()
    complete_build()
    with open_build(built.build_file) as con:
        con.execute("create table core.fct_price as select timestamp '2025-08-01' as event_at, 'vendor' as source_mode")
    report = _publish(built, run_id="run-7")
    (row,) = _rows(
        built,
        "select run_id, as_of, first_event_at, last_event_at, source_modes, load_sequence, code_sha256, "
        "product_version, duckdb_version, dbt_version, storage_version, published_at from reporting.rpt_publication",
    )
    assert row[:7] == (
        "run-7",
        at("2025-07-01 01:00"),
        at("2025-06-01"),
        at("2025-08-01"),
        "archive, file, vendor",
        2,
        "sha",
    )
    assert row[8] == duckdb.__version__
    assert row[10] == "v1.4.0"
    assert (report.as_of, report.run_id, report.published_at) == (row[1], "run-7", row[11])


def test_is_written_for_older_clients_and_read_only(built):
    report = _publish(built)
    ((tags,),) = _rows(built, "select tags from duckdb_databases() where not internal")
    assert tags == {"storage_version": "v1.4.0+"}
    assert stat.S_IMODE(built.published_file.stat().st_mode) == 0o444
    assert report.size_bytes == built.published_file.stat().st_size


def test_replaces_what_was_published_and_leaves_nothing_else(built, land, load_all, complete_build):
    _publish(built)
    land("open_interest", [{"oi_native": 5.0, "stamped_at": at("2025-07-03")}], origin="later.csv")
    load_all()
    complete_build()
    _publish(built, run_id="run-2")
    assert _rows(built, "select run_id from reporting.rpt_publication") == [("run-2",)]
    assert _rows(built, "select max(oi_base), count(*) from core.fct_open_interest") == [(1001.0, 3)]
    assert [path.name for path in built.published_file.parent.iterdir()] == ["oi.duckdb"]


def test_publishes_without_any_open_interest(built):
    with open_build(built.build_file) as con:
        con.execute("delete from core.fct_open_interest")
    assert _publish(built).as_of is None
    publication = _rows(built, "select as_of, first_event_at, source_modes from reporting.rpt_publication")
    assert publication == [(None, None, "")]


def test_refuses_without_a_build_file(settings):
    with pytest.raises(WarehouseError, match="does not exist: run `oiw load`"):
        _publish(settings)
    assert not settings.build_file.exists()


def test_refuses_without_a_completed_build(land, load_all, settings):
    land("open_interest", [{}])
    load_all()
    with pytest.raises(WarehouseError, match="no build has completed"):
        _publish(settings)
    assert not settings.published_file.exists()


def test_refuses_rows_that_no_completed_build_has_taken_in(built, land, load_all):
    _publish(built)
    land("open_interest", [{"oi_native": 7.0}], origin="later.csv")
    load_all()
    with pytest.raises(WarehouseError, match=r"no completed build includes 1 loaded batches \(1 rows\)"):
        _publish(built, run_id="run-2")
    assert _rows(built, "select run_id from reporting.rpt_publication") == [("run-1",)]


def test_a_failing_view_leaves_the_old_file_and_nothing_else(built):
    _publish(built)
    with open_build(built.build_file) as con:
        con.execute("create view quality.dq_zz_broken as select error('boom') as broken from range(3)")
    with pytest.raises(WarehouseError, match=r"was not replaced \(.*boom.*\); the old file is unchanged"):
        _publish(built, run_id="run-2")
    assert _rows(built, "select run_id from reporting.rpt_publication") == [("run-1",)]
    assert [path.name for path in built.published_file.parent.iterdir()] == ["oi.duckdb"]


def test_what_cannot_be_written_leaves_the_old_file(built):
    _publish(built)
    # A folder where the temporary file belongs cannot be removed as a file, not even by root.
    temporary = built.published_file.with_name(".oi.duckdb.tmp")
    temporary.mkdir()
    with pytest.raises(WarehouseError, match="was not replaced"):
        _publish(built, run_id="run-2")
    assert _rows(built, "select run_id from reporting.rpt_publication") == [("run-1",)]
