"""The single steps, without Dagster: `oiw load`, `check`, `build`, `publish`; `reject` and `restore` of batches."""

from typing import Annotated

import typer

from cli.console import print_failures, progress_bar, progress_count
from cli.failed_checks import Failure, stop_on_failures

_BatchId = Annotated[str, typer.Argument(help="Id of the batch: the value of batch_id in a failing row.")]


def load_batches() -> None:
    """Load every landed batch that is not in the warehouse yet.

    Example:
    $ oiw load
    """
    from common.errors import InputError
    from orchestration.lib.settings import load_settings
    from warehouse.connection import open_build
    from warehouse.loader import load

    settings = load_settings()
    with open_build(settings.build_file) as con, progress_bar("load") as on_progress:
        report = load(con, settings.landing_dir, on_progress=on_progress)
    for dataset, batches in report.batches.items():
        typer.echo(f"{dataset}: {batches} batches, {report.rows[dataset]:,} rows loaded")
    if not report.batches:
        typer.echo("nothing new to load")
    if report.failures:
        print_failures(report.failures)
        raise InputError(
            f"{len(report.failures)} batches could not be read (reasons above); the other batches are loaded"
        )


def check(
    is_new_only: Annotated[
        bool, typer.Option("--new", help="Check only the raw rows that were loaded since the last completed build.")
    ] = False,
) -> None:
    """Check the raw rows (Great Expectations) and the built tables (dbt data tests).

    Exit code 5 means that a check blocks; a warning blocks nothing.

    Examples:
    $ oiw check
    $ oiw load && oiw check --new && oiw build && oiw publish
    """
    from orchestration.lib.settings import load_settings
    from warehouse.build import build
    from warehouse.connection import open_read_only
    from warehouse.quality import check_raw_boundary

    settings = load_settings()
    with open_read_only(settings.build_file, missing="there is nothing to check; run `oiw load` first") as con:
        results = check_raw_boundary(con, since_load_sequence=None if is_new_only else 0)
        ((is_built,),) = con.execute("select count(*) > 0 from ops.build").fetchall()
    failures = [Failure.from_check(result) for result in results if not result.is_passed]
    passed = len(results) - len(failures)
    if is_built:
        with progress_count("dbt tests") as on_result:
            report = build(settings, select="test_type:data", on_result=on_result)
        failures += [Failure.from_node(node) for node in report.failed]
        passed += len(report.nodes) - len(report.failed)
    stop_on_failures(failures)
    typer.echo(f"{passed} checks passed{'' if is_built else '; nothing is built yet'}")


def build_models(
    is_full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every table from all raw rows.")
    ] = False,
) -> None:
    """Build the tables from the loaded rows with dbt (seeds, models), and run the data tests.

    A build computes only what new rows change. After a change of the
    code it rebuilds every table. Exit code 5 means that a test blocks.

    Examples:
    $ oiw build
    $ oiw build --full-refresh
    """
    from orchestration.lib.settings import load_settings
    from warehouse.build import build

    settings = load_settings()
    with progress_count("build") as on_result:
        report = build(settings, is_full_refresh=is_full_refresh, on_result=on_result)
    if report.is_up_to_date:
        typer.echo("nothing to build: no row was loaded and no model has changed since the last build")
        return
    stop_on_failures([Failure.from_node(node) for node in report.failed])
    kind = "full refresh" if report.is_full_refresh else "increment"
    typer.echo(f"built {len(report.nodes)} nodes ({kind}), all checks passed")


def publish_file() -> None:
    """Replace the published file with the tables of the last completed build.

    Example:
    $ oiw publish
    """
    from uuid import uuid4

    from orchestration.lib.settings import load_settings
    from warehouse.publish import publish

    settings = load_settings()
    report = publish(settings.build_file, settings.published_file, run_id=str(uuid4()))
    typer.echo(
        f"published {settings.published_file}: {len(report.rows)} tables, {sum(report.rows.values()):,} rows, "
        f"{report.size_bytes / 1e6:.1f} MB, as of {report.as_of or '-'}"
    )


def reject(
    batch_id: _BatchId,
    reason: Annotated[str, typer.Option("--why", help="Reason, which is kept with the id of the batch.")],
) -> None:
    """Remove a loaded batch from the warehouse; the next `oiw build` rebuilds every table without it.

    Example:
    $ oiw reject 0f3a...9b1c --why "contracts declared as coins"
    """
    from orchestration.lib.settings import load_settings
    from warehouse.connection import open_build
    from warehouse.rejection import reject_batch

    with open_build(load_settings().build_file) as con:
        rows = reject_batch(con, batch_id, reason)
    for dataset, count in rows.items():
        typer.echo(f"{dataset}: {count:,} rows of batch {batch_id} rejected; run `oiw build`")


def restore(batch_id: _BatchId) -> None:
    """Undo `oiw reject`: the next `oiw load` loads the batch again.

    Example:
    $ oiw restore 0f3a...9b1c
    """
    from orchestration.lib.settings import load_settings
    from warehouse.connection import open_build
    from warehouse.rejection import restore_batch

    with open_build(load_settings().build_file) as con:
        restore_batch(con, batch_id)
    typer.echo(f"batch {batch_id} is no longer rejected; run `oiw load`")
