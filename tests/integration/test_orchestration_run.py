"""A tick: what it changes, what it leaves unchanged, and what it reports when a failure stops it."""

import subprocess
import sys

import pytest
from dagster import AssetCheckSeverity, AssetKey, DagsterInstance
from orchestration_support import write_candles, write_open_interest

from common.settings import Settings
from orchestration.definitions import build_definitions
from orchestration.lib.keys import COVERAGE_CHECK, FILES_ROOT_KEY
from orchestration.run import run_tick
from warehouse.connection import open_build, open_read_only

pytest_plugins = ["orchestration_fixtures"]
pytestmark = pytest.mark.xdist_group("orchestration")

STEPS_OF_A_TICK = ["load", "check_raw_boundary", "build", "published__oi"]


def _publication(settings: Settings) -> tuple[str, int]:
    with open_read_only(settings.published_file, missing="") as con:
        return con.execute(
            "select run_id, (select count(*) from core.fct_open_interest) from reporting.rpt_publication"
        ).fetchall()[0]


def test_new_rows_are_published_beside_a_file_that_cannot_be_read(ticked):
    before = _publication(ticked)
    write_open_interest(ticked.files_root, count=43)
    broken = ticked.files_root / "binance_rest" / "BTCUSDT_klines_1h.csv.gz"
    broken.write_bytes(broken.read_bytes()[:100])
    ended = []
    outcome = run_tick(ticked, on_event=ended.append)
    assert outcome.is_successful
    assert outcome.is_published
    assert outcome.errors == ()
    assert before[1] == 40
    assert _publication(ticked) == (outcome.run_id, 43)
    assert all(event.is_successful and event.seconds >= 0 for event in ended)
    assert [event.step for event in ended if event.step in STEPS_OF_A_TICK] == STEPS_OF_A_TICK
    failed = {check.name: check for check in outcome.failed_checks}
    assert not any(check.is_blocking for check in failed.values())
    assert failed.keys() == {"files_are_readable", "is_fresh"}
    assert failed["files_are_readable"].asset == "landing/exchanges/binance_rest_candle_1h"
    [unread] = failed["files_are_readable"].tables["failures"]
    assert "BTCUSDT_klines_1h.csv.gz" in unread["message"]
    # The sample is from last winter. The tick reports it and goes on.
    assert failed["is_fresh"].asset == "published/oi"
    assert failed["is_fresh"].tables["venues"][0]["venue"] == "binance"


def test_a_run_says_which_files_have_no_manifest_and_which_wait(ticked):
    folder = ticked.files_root / "binance_rest"
    (folder / "report.xlsx").write_bytes(b"a sheet")
    (folder / "ETHUSDT_open_interest_1h.csv").write_text("time,openInterest,openInterestValue\n1772236800000,8")
    outcome = run_tick(ticked)
    assert outcome.is_successful
    assert {check.name for check in outcome.failed_checks if check.is_of_files} == {"every_file_has_a_manifest"}
    [uncovered] = outcome.uncovered_files
    assert uncovered.startswith("binance_rest/report.xlsx: oiw does not read this format")
    assert outcome.refused_files == ()
    [waiting] = outcome.waiting_lines
    assert "ETHUSDT_open_interest_1h.csv: the last line is not complete yet" in waiting


def test_a_scheduled_run_shows_the_files_that_have_no_manifest(ticked):
    """The same step as in the job of the schedule, which `oiw run` does not start."""
    (ticked.files_root / "report.xlsx").write_bytes(b"a sheet")
    job = build_definitions(ticked).resolve_job_def("tick")
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=[FILES_ROOT_KEY])
        [check] = result.get_asset_check_evaluations()
        materialization = instance.get_latest_materialization_event(FILES_ROOT_KEY).asset_materialization
    assert (check.asset_key, check.check_name, check.passed) == (FILES_ROOT_KEY, COVERAGE_CHECK, False)
    assert (check.severity, check.blocking) == (AssetCheckSeverity.WARN, False)
    [row] = check.metadata["uncovered"].records
    assert row.data["message"].startswith("report.xlsx: oiw does not read this format")
    assert materialization.metadata["files"].value == 3
    assert materialization.metadata["files_uncovered"].value == 1


def test_a_second_tick_changes_nothing(ticked):
    published = ticked.published_file.read_bytes()
    outcome = run_tick(ticked)
    assert outcome.is_successful
    assert not outcome.is_published
    assert ticked.published_file.read_bytes() == published


def test_the_next_tick_publishes_after_a_crash_before_publishing(ticked):
    ticked.published_file.unlink()
    outcome = run_tick(ticked)
    assert outcome.is_successful
    assert outcome.is_published
    assert _publication(ticked) == (outcome.run_id, 40)


def test_wrong_raw_rows_block_and_the_old_file_stays(ticked):
    before = _publication(ticked)
    write_open_interest(ticked.files_root, count=43)
    write_candles(ticked.files_root, bars=161, high_usd=64_000.0)
    ended = []
    outcome = run_tick(ticked, on_event=ended.append)
    assert not outcome.is_successful
    assert not outcome.is_published
    assert _publication(ticked) == before
    [failed] = [check for check in outcome.failed_checks if check.is_blocking]
    assert (failed.asset, failed.name) == ("raw/candle", "rows_are_as_declared")
    assert "high_is_highest (161 rows)" in failed.description
    assert failed.tables["failing_rows/high_is_highest"][0]["high_usd"] == 64_000.0
    assert not {"build", "published__oi"} & {event.step for event in ended}
    assert outcome.errors == ()


def test_a_failed_dbt_test_blocks_and_the_old_file_stays(ticked):
    before = _publication(ticked)
    with open_build(ticked.build_file) as con:
        # A duplicate row on the day before the recomputed days: the tests cover this day too.
        con.execute(
            "insert into marts.fct_oi_velocity select velocity.* replace (timestamp '2026-02-27 12:00' as event_at) "
            "from (from marts.fct_oi_velocity limit 1) as velocity, range(2)"
        )
    write_open_interest(ticked.files_root, count=43)
    outcome = run_tick(ticked)
    assert not outcome.is_successful
    assert not outcome.is_published
    assert _publication(ticked) == before
    failed = {check.asset: check for check in outcome.failed_checks if check.is_blocking}
    [row] = failed["marts/fct_oi_velocity"].tables["failing_rows"]
    assert (row["asset"], row["event_at"], row["row_count"]) == ("BTC", "2026-02-27 12:00:00", 2)
    assert outcome.errors == ()
    with open_build(ticked.build_file) as con:
        assert con.execute("select max(load_sequence) from ops.build").fetchall() == [(2,)]


def test_a_model_that_fails_is_named_and_nothing_is_published(ticked):
    before = _publication(ticked)
    write_open_interest(ticked.files_root, count=43)
    with open_build(ticked.build_file) as con:
        con.execute("alter table staging.stg_open_interest rename column symbol to instrument")
    outcome = run_tick(ticked)
    assert not outcome.is_successful
    assert not outcome.is_published
    assert _publication(ticked) == before
    [error] = outcome.errors
    assert error.startswith("build: model.oi_warehouse.stg_open_interest: ")
    assert "\n" not in error


def test_one_model_can_be_built_alone_without_a_completed_build(ticked):
    write_open_interest(ticked.files_root, count=43)
    model = AssetKey(["core", "dim_venue"])
    with DagsterInstance.ephemeral() as instance:
        job = build_definitions(ticked).resolve_job_def("tick")
        result = job.execute_in_process(instance=instance, asset_selection=[model])
    assert result.success
    assert {event.asset_key for event in result.get_asset_materialization_events()} == {model}
    assert {evaluation.asset_key for evaluation in result.get_asset_check_evaluations()} == {model}
    with open_build(ticked.build_file) as con:
        assert con.execute("select count(*) from ops.build").fetchall() == [(1,)]


def test_a_build_file_in_use_is_one_clear_error(ticked):
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(ticked.build_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"open\n"
        outcome = run_tick(ticked)
    finally:
        holder.communicate(b"")
    [error] = outcome.errors
    assert error.startswith("load: ")
    assert "wait for the process that holds it" in error
    assert not outcome.is_published
