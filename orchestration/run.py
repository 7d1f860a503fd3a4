"""Run a job in this process and return its result as plain data, for `oiw run`, `oiw live` and tests.

What belongs here: running and reporting. What does not: the run history (lib/recording.py), printing (cli/).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

from dagster import (
    AssetCheckEvaluation,
    DagsterEvent,
    DagsterInstance,
    ExecuteInProcessResult,
    HookContext,
    HookDefinition,
    TableMetadataValue,
    failure_hook,
    success_hook,
)

from common.settings import Settings
from orchestration.definitions import build_definitions
from orchestration.defs.jobs import files, tick
from orchestration.lib.keys import COVERAGE_CHECK, FILES_CHECK, PUBLICATION_KEY, TRANSIENT, WAITING
from orchestration.lib.recording import recording
from orchestration.lib.resources import LiveFetch, RawBoundaryCheck
from warehouse.quality import check_new_rows

# Dagster's log would appear between the lines of progress. The outcome has its errors.
_RUN_CONFIG = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class StepEvent:
    """The end of a step; ``seconds`` is the time since the end of the step before it."""

    step: str
    is_successful: bool
    seconds: float


@dataclass(frozen=True)
class FailedCheck:
    """A check that failed. ``tables`` are its tables by name; one of them has the first failing rows."""

    asset: str
    name: str
    is_blocking: bool
    description: str
    tables: dict[str, list[dict[str, Any]]]

    @property
    def is_of_files(self) -> bool:
        """Whether the check says which files did not land: `refused_files` and `uncovered_files` list them."""
        return self.name in (FILES_CHECK, COVERAGE_CHECK)


@dataclass(frozen=True)
class RunOutcome:
    """The result of a run.

    ``errors`` has one line per step that failed for another reason than a check. ``is_transient`` is true if a later
    run may succeed without a change, as after a network failure. ``recording_error`` is the reason why the run history
    of this run is missing or incomplete, or None. ``waiting_lines`` has one line per file whose last line may still be
    written, so that it did not land.
    """

    run_id: str
    is_successful: bool
    is_published: bool
    failed_checks: tuple[FailedCheck, ...]
    errors: tuple[str, ...]
    is_transient: bool
    recording_error: str | None
    waiting_lines: tuple[str, ...]

    @property
    def refused_files(self) -> tuple[str, ...]:
        """One line per file that could not be read, with the reason. The run goes on without these files."""
        return self._messages(FILES_CHECK, "failures")

    @property
    def uncovered_files(self) -> tuple[str, ...]:
        """One line per folder and reason with the files that no manifest covers."""
        return self._messages(COVERAGE_CHECK, "uncovered")

    def _messages(self, check_name: str, table: str) -> tuple[str, ...]:
        tables = [check.tables[table] for check in self.failed_checks if check.name == check_name]
        return tuple(str(row["message"]) for rows in tables for row in rows)


def run_tick(
    settings: Settings,
    *,
    check_new_rows: RawBoundaryCheck = check_new_rows,
    fetch_live: LiveFetch | None = None,
    on_event: Callable[[StepEvent], None] | None = None,
) -> RunOutcome:
    """Land, load, build, check and publish in one run; ``on_event`` is called as each step ends.

    Without ``fetch_live`` the run lands files only. With it, the run also lands new rows of the venues. The run is
    recorded in the run history that `oiw dev` shows. Raises WarehouseError when the dbt project cannot be read.
    """
    if fetch_live:
        job = build_definitions(settings, check_new_rows=check_new_rows, fetch_live=fetch_live).resolve_job_def(
            tick.name
        )
    else:
        job = build_definitions(settings, check_new_rows=check_new_rows).resolve_job_def(files.name)
    if on_event:
        job = job.with_hooks(_hooks(on_event))
    run_id = str(uuid4())
    with DagsterInstance.ephemeral() as instance:
        with recording(settings, instance, run_id) as record:
            result = job.execute_in_process(
                instance=instance, run_config=_RUN_CONFIG, raise_on_error=False, run_id=run_id
            )
        return _outcome(result, record.error)


def _hooks(on_event: Callable[[StepEvent], None]) -> set[HookDefinition]:
    """Return the hooks that Dagster calls at the end of each step."""
    last_end = monotonic()

    def report(context: HookContext, *, is_successful: bool) -> None:
        nonlocal last_end
        now = monotonic()
        on_event(StepEvent(context.op.name, is_successful, now - last_end))
        last_end = now

    @success_hook
    def step_succeeded(context: HookContext) -> None:
        report(context, is_successful=True)

    @failure_hook
    def step_failed(context: HookContext) -> None:
        report(context, is_successful=False)

    return {step_succeeded, step_failed}


def _outcome(result: ExecuteInProcessResult, recording_error: str | None) -> RunOutcome:
    evaluations = [evaluation for evaluation in result.get_asset_check_evaluations() if not evaluation.passed]
    return RunOutcome(
        run_id=result.run_id,
        is_successful=result.success,
        is_published=any(event.asset_key == PUBLICATION_KEY for event in result.get_asset_materialization_events()),
        failed_checks=tuple(_failed_check(evaluation) for evaluation in evaluations),
        errors=tuple(filter(None, (_error(event) for event in result.get_step_failure_events()))),
        is_transient=any(_is_transient(event) for event in result.get_step_failure_events()),
        recording_error=recording_error,
        waiting_lines=tuple(
            str(row["message"])
            for event in result.get_asset_materialization_events()
            for row in _tables(event.materialization.metadata).get(WAITING, ())
        ),
    )


def _failed_check(evaluation: AssetCheckEvaluation) -> FailedCheck:
    return FailedCheck(
        asset=evaluation.asset_key.to_user_string(),
        name=evaluation.check_name,
        is_blocking=bool(evaluation.blocking),
        description=evaluation.description or "",
        tables=_tables(evaluation.metadata),
    )


def _tables(metadata: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [dict(record.data) for record in value.records]
        for name, value in metadata.items()
        if isinstance(value, TableMetadataValue)
    }


def _error(event: DagsterEvent) -> str | None:
    """Return in one line why a step failed, or None for a blocking check, which ``failed_checks`` reports."""
    failure = event.step_failure_data
    if failure.user_failure_data:
        return f"{event.step_key}: {failure.user_failure_data.description}"
    if failure.error is None or failure.error.cls_name == "DagsterAssetCheckFailedError":
        return None
    cause = failure.error.cause or failure.error
    return f"{event.step_key}: {' '.join(cause.message.split())}"


def _is_transient(event: DagsterEvent) -> bool:
    failure = event.step_failure_data.user_failure_data
    return bool(failure and TRANSIENT in failure.metadata and failure.metadata[TRANSIENT].value)
