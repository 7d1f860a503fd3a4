"""The run history that `oiw dev` opens: entries of runs of the command line, also of killed runs."""

import os
import shutil
import signal
import subprocess
import sys
from uuid import uuid4

import pytest
from dagster import AssetKey, DagsterEventType, DagsterInstance, DagsterRunStatus
from orchestration_support import write_open_interest

from common.settings import PROJECT_ROOT, Settings
from orchestration.definitions import build_definitions
from orchestration.lib.keys import BUILD_KEY, PUBLICATION_KEY
from orchestration.lib.recording import fail_killed_runs, recording
from orchestration.run import run_tick
from warehouse.connection import open_build

pytest_plugins = ["orchestration_fixtures"]
pytestmark = pytest.mark.xdist_group("orchestration")

OI_KEY = AssetKey(["core", "fct_open_interest"])


def _history(settings: Settings) -> DagsterInstance:
    return DagsterInstance.from_config(str(settings.home / "dagster"))


def _statuses(settings: Settings) -> list[DagsterRunStatus]:
    """The statuses of all runs, newest first."""
    with _history(settings) as history:
        return [run.status for run in history.get_runs()]


def _events(history: DagsterInstance, run_id: str, *types: DagsterEventType) -> list:
    return [entry for entry in history.all_logs(run_id) if entry.dagster_event_type in types]


def _materialized(history: DagsterInstance, run_id: str) -> set[AssetKey]:
    events = _events(history, run_id, DagsterEventType.ASSET_MATERIALIZATION)
    return {entry.dagster_event.materialization.asset_key for entry in events}


def _is_passed(history: DagsterInstance, asset: str, name: str) -> bool:
    checks = [
        entry.dagster_event.asset_check_evaluation_data
        for run in reversed(history.get_runs())
        for entry in _events(history, run.run_id, DagsterEventType.ASSET_CHECK_EVALUATION)
    ]
    return [c.passed for c in checks if (c.asset_key.to_user_string(), c.check_name) == (asset, name)][-1]


def test_an_import_shows_as_a_run_with_its_assets_checks_and_steps(ticked):
    with _history(ticked) as history:
        [run] = history.get_runs()
        assert (run.job_name, run.status) == ("files", DagsterRunStatus.SUCCESS)
        assert _materialized(history, run.run_id) >= {OI_KEY, BUILD_KEY, PUBLICATION_KEY, AssetKey(["raw", "candle"])}
        assert history.get_latest_materialization_event(OI_KEY).run_id == run.run_id
        assert _is_passed(history, "raw/candle", "rows_are_as_declared")
        assert not _is_passed(history, "published/oi", "is_fresh")
        steps = [entry.step_key for entry in _events(history, run.run_id, DagsterEventType.STEP_SUCCESS)]
        assert steps[-5:] == ["load", "check_raw_boundary", "build", "published__oi", "published__oi_is_fresh"]
        # The UI draws a run from these events.
        assert history.run_storage.get_execution_plan_snapshot(run.execution_plan_snapshot_id).steps
    assert list((ticked.home / "dagster" / "running").iterdir()) == []


def test_a_run_without_new_rows_records_only_its_steps(ticked):
    run_id = run_tick(ticked).run_id
    with _history(ticked) as history:
        assert history.get_run_by_id(run_id).status == DagsterRunStatus.SUCCESS
        assert _events(history, run_id, DagsterEventType.STEP_SUCCESS)
        results = (DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_CHECK_EVALUATION)
        assert _events(history, run_id, *results) == []


def test_a_new_history_shows_the_assets_of_an_old_home(ticked):
    shutil.rmtree(ticked.home / "dagster")
    run_id = run_tick(ticked).run_id
    with _history(ticked) as history:
        assert BUILD_KEY in _materialized(history, run_id)
        assert _is_passed(history, "raw/candle", "rows_are_as_declared")


def test_a_check_that_passes_again_shows_as_passed(ticked):
    candles = ticked.files_root / "binance_rest" / "BTCUSDT_klines_1h.csv.gz"
    whole = candles.read_bytes()
    check = ("landing/exchanges/binance_rest_candle_1h", "files_are_readable")
    candles.write_bytes(whole[:100])
    run_tick(ticked)
    with _history(ticked) as history:
        assert not _is_passed(history, *check)
    candles.write_bytes(whole)
    run_tick(ticked)
    with _history(ticked) as history:
        assert _is_passed(history, *check)


def test_a_node_shows_while_the_build_runs_and_a_failed_one_with_its_message(ticked):
    with open_build(ticked.build_file) as con:
        con.execute("update ops.build set code_sha256 = 'of other models'")
    run_id = run_tick(ticked).run_id
    with _history(ticked) as history:
        [began] = [
            entry.timestamp
            for entry in _events(history, run_id, DagsterEventType.STEP_START)
            if entry.step_key == "build"
        ]
        [ended] = [
            entry.timestamp
            for entry in _events(history, run_id, DagsterEventType.STEP_SUCCESS)
            if entry.step_key == "build"
        ]
        results = (DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_CHECK_EVALUATION)
        at = [
            (entry.timestamp - began) / (ended - began)
            for entry in _events(history, run_id, *results)
            if entry.step_key == "build"
        ]
    assert len(at) > 200
    assert at == sorted(at)
    # Nodes end in each of the last three fifths of the build, after dbt has parsed the project.
    assert {int(5 * share) for share in at} >= {2, 3, 4}
    assert sum(share < 0.9 for share in at) > len(at) / 2

    with open_build(ticked.build_file) as con:
        con.execute("alter table staging.stg_open_interest rename column symbol to instrument")
    write_open_interest(ticked.files_root, count=43)
    run_id = run_tick(ticked).run_id
    with _history(ticked) as history:
        [message] = [entry.user_message for entry in history.all_logs(run_id) if "stg_open_interest:" in entry.message]
        [failed] = _events(history, run_id, DagsterEventType.STEP_FAILURE)
        assert history.get_run_by_id(run_id).status == DagsterRunStatus.FAILURE
    assert message.startswith("model.oi_warehouse.stg_open_interest: ")
    assert "in FROM clause" in message
    assert "stg_open_interest" in failed.dagster_event.step_failure_data.user_failure_data.description


def test_a_run_that_cannot_be_recorded_still_runs(ticked):
    runs = ticked.home / "dagster" / "history" / "runs.db"
    runs.write_bytes(b"no database" * 1000)
    ticked.published_file.unlink()
    outcome = run_tick(ticked)
    assert outcome.is_published
    assert "not a database" in outcome.recording_error


def test_only_runs_whose_process_is_gone_are_marked_as_failed(ticked):
    run_id = str(uuid4())
    job = build_definitions(ticked).resolve_job_def("hourly")
    with DagsterInstance.ephemeral() as instance:
        with recording(ticked, instance, run_id):
            job.execute_in_process(instance=instance, run_id=run_id)
            (lock,) = (ticked.home / "dagster" / "running").iterdir()
            fail_killed_runs(ticked)
            assert lock.exists()
        assert not lock.exists()
    assert _statuses(ticked) == [DagsterRunStatus.SUCCESS, DagsterRunStatus.SUCCESS]


def _oiw_run(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import run; run()", "run", "--files-root", str(settings.files_root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=PROJECT_ROOT,
        env={**os.environ, "OIW_HOME": str(settings.home), "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def _killed_in_the_build(settings: Settings) -> None:
    """Start a run with new rows, and kill all its processes as soon as the build has begun."""
    write_open_interest(settings.files_root, count=43)
    with _oiw_run(settings) as process:
        for line in process.stdout:
            if "check_raw_boundary" in line:
                break
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_a_killed_run_blocks_no_other_run_and_shows_as_failed(ticked):
    _killed_in_the_build(ticked)
    assert _statuses(ticked) == [DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS]
    with _history(ticked) as history:
        # Dagster's queue blocks the pools of a started run for other runs. This run must hold none.
        assert history.get_runs()[0].run_op_concurrency is None
    with _oiw_run(ticked) as process:
        out = process.stdout.read()
    assert process.returncode == 0, out
    assert "published" in out
    assert _statuses(ticked) == [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS]
    with _history(ticked) as history:
        [end] = _events(history, history.get_runs()[1].run_id, DagsterEventType.RUN_FAILURE)
        assert "it was killed" in end.message
    assert list((ticked.home / "dagster" / "running").iterdir()) == []


def test_opening_the_ui_marks_a_killed_run_as_failed(ticked):
    _killed_in_the_build(ticked)
    fail_killed_runs(ticked)
    assert _statuses(ticked) == [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS]
    assert list((ticked.home / "dagster" / "running").iterdir()) == []
