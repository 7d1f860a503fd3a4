"""Analysts' SQL: the published file and nothing else."""

import math
from datetime import datetime

import pytest

from common.errors import InputError, WarehouseError
from warehouse.publish import publish
from warehouse.query import query


@pytest.fixture
def published_file(built):
    publish(built.build_file, built.published_file, run_id="run-1")
    return built.published_file


def _run(published_file, sql):
    with query(published_file, sql) as result:
        return result.columns, list(result.rows)


def test_returns_names_and_values(published_file):
    sql = "select symbol, event_at, oi_base, null as nothing from core.fct_open_interest order by event_at limit 1"
    assert _run(published_file, sql) == (
        ("symbol", "event_at", "oi_base", "nothing"),
        [("BTCUSDT", datetime.fromisoformat("2025-07-01"), 1000.0, None)],
    )


def test_streams_more_rows_than_one_fetch(published_file):
    _, rows = _run(published_file, "select i from range(25000) t(i)")
    assert [i for (i,) in rows] == list(range(25000))


def test_an_empty_result_keeps_its_columns(published_file):
    assert _run(published_file, "select symbol from core.fct_open_interest where false") == (("symbol",), [])


def test_times_are_utc_whatever_the_host_says(published_file, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    _, ((zone, hour),) = _run(
        published_file, "select current_setting('TimeZone'), hour(timestamptz '2025-01-01 00:00Z')"
    )
    assert (zone, hour) == ("UTC", 0)


def test_a_failure_while_rows_are_fetched_is_an_input_error(published_file):
    with pytest.raises(InputError, match="boom"):
        _run(published_file, "select case when i = 20000 then error('boom') else i end from range(30000) t(i)")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selct 1", "syntax error"),
        ("select nope from core.fct_open_interest", 'column "nope" not found'),
        ("select 1; select 2", "give one SQL statement, not 2"),
        ("", "give one SQL statement, not 0"),
        ("delete from core.fct_open_interest", "read-only"),
        ("create table core.mine as select 1", "read-only"),
        ("from read_csv('{root}/secret.csv')", "disabled by configuration"),
        ("from '{root}/secret.csv'", "disabled by configuration"),
        ("attach '{root}/home/build/oi_build.duckdb'", "disabled by configuration"),
        ("copy core.fct_open_interest to '{root}/out.csv'", "disabled by configuration"),
        ("export database '{root}/out'", "disabled by configuration"),
        ("from glob('{root}/*')", "disabled by configuration"),
        ("install httpfs", "disabled by configuration"),
        ("load httpfs", "disabled"),
        ("set enable_external_access = true", "locked"),
        ("reset enable_external_access", "locked"),
    ],
)
def test_refuses_what_is_wrong_or_reaches_further(published_file, tmp_path, sql, message):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=message) as error:
        _run(published_file, sql.format(root=tmp_path))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "out").exists()


def test_says_what_to_do_when_nothing_is_published(settings):
    with pytest.raises(WarehouseError, match="nothing has been published yet; run `oiw run`"):
        _run(settings.published_file, "select 1")


def test_passes_values_as_they_are(published_file):
    _, ((nan, decimal, list_),) = _run(published_file, "select 'nan'::double, 1.5::decimal(3, 1), [1, 2]")
    assert math.isnan(nan)
    assert (float(decimal), list_) == (1.5, [1, 2])
