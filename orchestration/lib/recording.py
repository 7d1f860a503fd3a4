"""Runs of this process in the run history that `oiw dev` shows, below ``OIW_HOME/dagster``.

What belongs here: the choice of events, writing them, and closing the record of a run whose process was killed.
What does not: running a job (run.py), the settings of the history (instance.py).

A run uses an instance in memory, for two reasons. Writing all its events to SQLite would take ten times as long as a
tick. And a killed run must not block other runs. A thread writes the events that a reader of the history needs.
"""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from dagster import (
    AssetCheckKey,
    AssetKey,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    EventLogEntry,
)

from common.files import locked
from common.settings import Settings
from orchestration.lib.instance import prepare_home
from orchestration.lib.keys import IS_CHANGED

_ENDS = {DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED}
_KEPT = _ENDS | {
    DagsterEventType.RUN_START,
    DagsterEventType.STEP_START,
    DagsterEventType.STEP_SUCCESS,
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.STEP_SKIPPED,
    DagsterEventType.STEP_UP_FOR_RETRY,
    DagsterEventType.STEP_RESTARTED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
}
_KILLED = "The process of this run ended before the run did: it was killed, or the machine stopped."


@contextmanager
def recording(settings: Settings, instance: DagsterInstance, run_id: str) -> Iterator["Recording"]:
    """Record the run ``run_id`` of ``instance``, an instance in memory, in the run history.

    Everything is written when the context ends. Until then this process holds a lock that is named after the run. The
    system releases the lock if the process dies, so that the next run finds the killed one.
    """
    home = prepare_home(settings)
    with _running(home, run_id):
        record = Recording(home, instance, run_id)
        try:
            yield record
        finally:
            record.end()


def fail_killed_runs(settings: Settings) -> None:
    """Mark each run whose process was killed as failed; else the history would show it as running forever."""
    home = prepare_home(settings)
    if any(_folder_of_locks(home).iterdir()):
        with DagsterInstance.from_config(str(home)) as history:
            _fail_killed_runs(history, home)


class Recording:
    """The record of one run; once it has ended, ``error`` says why it is incomplete."""

    def __init__(self, home: Path, instance: DagsterInstance, run_id: str) -> None:
        """Begin to write the events of the run in ``instance`` to the history in ``home``."""
        self.error: str | None = None
        self._home = home
        self._instance = instance
        self._run_id = run_id
        self._entries: SimpleQueue[EventLogEntry | None] = SimpleQueue()
        instance.add_event_listener(run_id, self._entries.put)
        self._thread = Thread(target=self._write, name="run history")
        self._thread.start()

    def end(self) -> None:
        """Wait until everything has been written."""
        self._entries.put(None)
        self._thread.join()

    def _write(self) -> None:
        try:
            with DagsterInstance.from_config(str(self._home)) as history:
                _fail_killed_runs(history, self._home)
                known = _Known(history)
                while entry := self._entries.get():
                    self._write_entry(history, known, entry)
        except Exception as error:  # noqa: BLE001  # the run continues without its record, and reports the error
            self.error = f"{type(error).__name__}: {' '.join(str(error).split())}"

    def _write_entry(self, history: DagsterInstance, known: "_Known", entry: EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            if int(entry.level) >= logging.INFO:
                history.handle_new_event(entry)
            return
        if event.event_type not in _KEPT or known.covers(event, entry):
            return
        if event.event_type == DagsterEventType.RUN_START:
            self._add_run(history)
        if event.event_type in _ENDS:
            for check in known.recovered():
                history.handle_new_event(check)
        history.handle_new_event(entry)

    def _add_run(self, history: DagsterInstance) -> None:
        """Add the run, with the graph and the plan that the UI draws; those of an earlier run are reused."""
        run = self._instance.get_run_by_id(self._run_id)
        if run is None or run.job_snapshot_id is None or run.execution_plan_snapshot_id is None:
            raise RuntimeError(f"run {self._run_id} has no graph or plan")
        here, there = self._instance.run_storage, history.run_storage
        if not there.has_job_snapshot(run.job_snapshot_id):
            there.add_job_snapshot(here.get_job_snapshot(run.job_snapshot_id))
        if not there.has_execution_plan_snapshot(run.execution_plan_snapshot_id):
            there.add_execution_plan_snapshot(here.get_execution_plan_snapshot(run.execution_plan_snapshot_id))
        # The record omits the pools of the run, because Dagster's queue would wait for a killed run.
        history.add_run(
            DagsterRun(
                run_id=run.run_id,
                job_name=run.job_name,
                run_config=run.run_config,
                tags=run.tags,
                status=DagsterRunStatus.STARTED,
                job_snapshot_id=run.job_snapshot_id,
                execution_plan_snapshot_id=run.execution_plan_snapshot_id,
            )
        )


class _Known:
    """The events that need not be written, because the history shows them: unchanged assets and their passed checks.

    Dagster requires these results of each step. In a run that finds nothing new, nearly all results are of this kind.
    """

    def __init__(self, history: DagsterInstance) -> None:
        """Compare with what ``history`` shows now."""
        self._history = history
        self._assets = set(history.get_asset_keys())
        self._unchanged: set[AssetKey] = set()
        self._passed: dict[AssetCheckKey, EventLogEntry] = {}

    def covers(self, event: DagsterEvent, entry: EventLogEntry) -> bool:
        """Whether ``event`` need not be written now; ``entry`` is its entry in the log."""
        if event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            materialization = event.materialization
            changed = materialization.metadata.get(IS_CHANGED)
            if changed is not None and not changed.value and materialization.asset_key in self._assets:
                self._unchanged.add(materialization.asset_key)
                return True
        if event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            if evaluation.passed and evaluation.asset_key in self._unchanged:
                self._passed[evaluation.asset_check_key] = entry
                return True
        return False

    def recovered(self) -> list[EventLogEntry]:
        """Return the passed checks that must be written, because the history does not show them as passed."""
        shown = self._history.event_log_storage.get_latest_asset_check_execution_by_key(list(self._passed))
        return [
            entry for key, entry in self._passed.items() if key not in shown or shown[key].status.value != "SUCCEEDED"
        ]


def _folder_of_locks(home: Path) -> Path:
    folder = home / "running"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _running(home: Path, run_id: str) -> Iterator[None]:
    """Hold a locked file that has the name of the run."""
    path = _folder_of_locks(home) / run_id
    # The file is locked before it gets its name. If it had no lock, another process would count the run as killed.
    unnamed = home / f".{run_id}.lock"
    with locked(unnamed, f"another process records run {run_id}; wait until it ends"):
        unnamed.rename(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _fail_killed_runs(history: DagsterInstance, home: Path) -> None:
    # Not common.files.locked: it would create the file of a run that has just ended.
    for path in _folder_of_locks(home).iterdir():
        try:
            lock = path.open("r+")
        except FileNotFoundError:
            # Its run has just ended.
            continue
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            run = history.get_run_by_id(path.name)
            if run is not None and not run.is_finished:
                history.report_run_failed(run, _KILLED)
            path.unlink(missing_ok=True)
