"""Verbs that need Dagster: `oiw run`, everything as one job in this process, and `oiw dev`, its UI."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import progress_bar
from cli.failed_checks import Failure, stop_on_failures

if TYPE_CHECKING:
    from common.settings import Settings
    from orchestration.lib.resources import LiveFetch
    from orchestration.run import StepEvent


def register(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.command("run")(run_everything)
    app.command("dev")(open_dagster)


def run_everything(
    files_root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the files that the manifests mean [default: OIW_FILES_ROOT]."),
    ] = None,
) -> None:
    """Land, load, check, build and publish in one run. What was published before stays when a check blocks.

    Example: `oiw run --files-root ../shared/data`; running it again changes nothing.
    """
    from common.errors import InputError
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    if files_root is not None:
        if not files_root.is_dir():
            raise InputError(f"{files_root} is no folder: name an existing one with --files-root DIR")
        settings = settings.model_copy(update={"files_root": files_root.resolve()})
    with progress_bar("run"):
        run_and_report(settings)


def run_and_report(settings: "Settings", *, fetch_live: "LiveFetch | None" = None) -> None:
    """Run everything once and print what became of it; ``fetch_live`` asks the venues first.

    Raises CheckError when a blocking check failed, TransientError when no venue could be reached, WarehouseError when
    another step failed.
    """
    from common.errors import TransientError, WarehouseError
    from warehouse.quality.boundary_process import boundary_process

    with boundary_process() as boundary:
        # Only now, as it takes seconds: the other process is at its own imports meanwhile.
        from orchestration.run import run_tick
        from warehouse.dbt_project import parse_ahead

        check_new_rows = partial(boundary.check, meanwhile=partial(parse_ahead, settings))
        outcome = run_tick(settings, check_new_rows=check_new_rows, fetch_live=fetch_live, on_event=_print_step)
    if outcome.recording_error:
        typer.echo(
            f"warning: run {outcome.run_id} is not whole in the run history: {outcome.recording_error}", err=True
        )
    stop_on_failures([Failure.from_run(check) for check in outcome.failed_checks])
    if not outcome.is_successful:
        reason = "; ".join(outcome.errors) or f"run {outcome.run_id} failed; OIW_DEBUG=1 shows more"
        raise TransientError(reason) if outcome.is_transient else WarehouseError(reason)
    published = f"published {settings.published_file}" if outcome.is_published else "nothing new to publish"
    typer.echo(f"run {outcome.run_id}: {published}")


def _print_step(event: "StepEvent") -> None:
    typer.echo(f"{'done' if event.is_successful else 'FAILED'}  {event.step}  {event.seconds:.1f} s")


def open_dagster(
    port: Annotated[int, typer.Option(help="Port of the UI, on 127.0.0.1 only.")] = 3000,
) -> None:
    """Open the Dagster UI on 127.0.0.1: assets, checks, schedules, and the runs of `oiw run` and `oiw live` too.

    Ctrl-C ends it. Schedules and run history are kept below OIW_HOME.

    Example: `oiw dev --port 3333`.
    """
    from orchestration.lib.instance import prepare_home
    from orchestration.lib.recording import fail_killed_runs
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    fail_killed_runs(settings)
    environment = {**os.environ, "OIW_HOME": str(settings.home), "DAGSTER_HOME": str(prepare_home(settings))}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1"]
    os.execve(sys.executable, [*command, "-p", str(port)], environment)  # noqa: S606 - our own interpreter, no shell
