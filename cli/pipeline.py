"""Commands that need Dagster: `oiw run`, the whole job in this process, and `oiw dev`, the UI."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_failures, print_lines, progress_bar
from cli.failed_checks import Failure, stop_on_failures
from cli.stop_signals import call_beside_signals, end_on_signals

if TYPE_CHECKING:
    from common.settings import Settings
    from orchestration.lib.resources import LiveFetch
    from orchestration.run import StepEvent


def run_everything(
    files_root: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of your files; the manifests that oiw contains describe them.",
            show_default="OIW_FILES_ROOT, else no files",
        ),
    ] = None,
) -> None:
    """Import recorded files, then load, check, build and publish, in one run.

    If a blocking check fails, the published file stays as it was. A second run
    on the same files changes nothing. Ctrl-C ends the command at once; the
    next run continues.

    The command lists the files that no manifest covers, and the files whose
    last line is not complete yet. If a file cannot be read, the other files
    are published, and the exit code is 3.

    Example:
    $ oiw run --files-root DIR
    """
    from common.errors import InputError
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    if files_root is not None:
        if not files_root.is_dir():
            raise InputError(f"the folder {files_root} does not exist; name an existing folder with --files-root DIR")
        settings = settings.model_copy(update={"files_root": files_root.resolve()})
    _check_covered(settings)
    end_on_signals()
    with progress_bar("run"):
        call_beside_signals(lambda: run_and_report(settings))


def _check_covered(settings: "Settings") -> None:
    """Raise InputError if the folder of files has no file that a shipped manifest covers."""
    from common.errors import InputError
    from ingestion.files.manifest import load_manifest, shipped_manifests
    from ingestion.files.patterns import matching_files
    from ingestion.files.uncovered import uncovered_files

    root = settings.files_root
    manifests = [load_manifest(path) for path in shipped_manifests().values()]
    if root is None or any(any(matching_files(root, pattern)) for one in manifests for pattern in one.files):
        return
    uncovered = uncovered_files(root, manifests)
    print_lines("not imported", [group.line() for group in uncovered])
    count = sum(len(group.files) for group in uncovered)
    found = f"no manifest covers any of the {count} files below {root}" if count else f"{root} has no data files"
    raise InputError(
        f"{found}; name the folder that contains the folders of the manifests (`oiw manifests` lists their files), "
        "or land the files with a manifest of your own: `oiw ingest files my.yaml --root DIR`"
    )


def run_and_report(settings: "Settings", *, fetch_live: "LiveFetch | None" = None) -> None:
    """Run everything once and print the result; ``fetch_live`` fetches from the venues first.

    Raises CheckError when a blocking check failed, TransientError when no venue could be reached, WarehouseError when
    another step failed. Raises InputError, after the rest is published, when files could not be read.
    """
    from common.errors import InputError, TransientError, WarehouseError
    from warehouse.quality.boundary_process import boundary_process

    with boundary_process() as boundary:
        # These imports take seconds: they run while the other process does its own imports.
        from orchestration.run import run_tick
        from warehouse.dbt_project import parse_ahead

        check_new_rows = partial(boundary.check, meanwhile=partial(parse_ahead, settings))
        outcome = run_tick(settings, check_new_rows=check_new_rows, fetch_live=fetch_live, on_event=_print_step)
    if outcome.recording_error:
        typer.echo(
            f"warning: the run history of run {outcome.run_id} is incomplete: {outcome.recording_error}", err=True
        )
    print_lines("not imported", outcome.uncovered_files)
    print_lines("waiting", outcome.waiting_lines)
    print_failures(outcome.refused_files)
    stop_on_failures([Failure.from_run(check) for check in outcome.failed_checks if not check.is_of_files])
    if not outcome.is_successful:
        reason = "; ".join(outcome.errors) or f"run {outcome.run_id} failed without a reason; OIW_DEBUG=1 shows more"
        raise TransientError(reason) if outcome.is_transient else WarehouseError(reason)
    published = f"published {settings.published_file}" if outcome.is_published else "nothing new to publish"
    typer.echo(f"run {outcome.run_id}: {published}")
    if outcome.is_published:
        _print_rows_left_out(settings)
    if outcome.refused_files:
        raise InputError(
            f"{len(outcome.refused_files)} files could not be read (reasons above); correct or remove them, "
            "the other files are in the warehouse"
        )


def _print_rows_left_out(settings: "Settings") -> None:
    from warehouse.connection import open_read_only
    from warehouse.row_account import rows_left_out

    with open_read_only(settings.published_file, missing="the run has published it") as con:
        left_out = rows_left_out(con)
    for line in left_out.lines() if left_out else ():
        typer.echo(line)


def _print_step(event: "StepEvent") -> None:
    typer.echo(f"{'done' if event.is_successful else 'FAILED'}  {event.step}  {event.seconds:.1f} s")


def open_dagster(
    port: Annotated[int, typer.Option(help="Port of the UI on 127.0.0.1.")] = 3000,
) -> None:
    """Serve the Dagster UI on this machine: assets, checks, schedules, and the history of all runs.

    The history includes the runs of `oiw run` and `oiw live`. Dagster
    keeps it in the folder OIW_HOME. Ctrl-C ends the command.

    Example:
    $ oiw dev --port 3333
    """
    from orchestration.lib.instance import prepare_home
    from orchestration.lib.recording import fail_killed_runs
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    fail_killed_runs(settings)
    environment = {**os.environ, "OIW_HOME": str(settings.home), "DAGSTER_HOME": str(prepare_home(settings))}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1"]
    os.execve(sys.executable, [*command, "-p", str(port)], environment)  # noqa: S606 - our own interpreter, no shell
