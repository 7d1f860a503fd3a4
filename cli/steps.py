"""The steps of the warehouse one by one, without Dagster: `oiw load`, `build`, `check`, `publish`, `reject`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_failures, progress_bar

if TYPE_CHECKING:
    from warehouse.build import BuildReport


def register(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.command("load")(load_batches)
    app.command("build")(build_models)
    app.command("publish")(publish_file)


def load_batches() -> None:
    """Load every landed batch that the warehouse does not have yet.

    Example: `oiw load`.
    """
    from ingestion.errors import InputError
    from ingestion.settings import load_settings
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
        raise InputError(f"{len(report.failures)} batches could not be read (above); the others are loaded")


def build_models(
    is_full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Compute everything anew.")] = False,
) -> None:
    """Run the dbt seeds, models and data tests on what is loaded.

    Examples: `oiw build`, `oiw build --full-refresh`.
    """
    from ingestion.settings import load_settings
    from warehouse.build import build

    _report_build(build(load_settings(), is_full_refresh=is_full_refresh))


def publish_file() -> None:
    """Swap in a new published file with what the last build made.

    Example: `oiw publish`.
    """
    from uuid import uuid4

    from ingestion.settings import load_settings
    from warehouse.publish import publish

    settings = load_settings()
    report = publish(settings.build_file, settings.published_file, run_id=str(uuid4()))
    typer.echo(
        f"published {settings.published_file}: {len(report.rows)} tables, {sum(report.rows.values()):,} rows, "
        f"{report.size_bytes / 1e6:.1f} MB, as of {report.as_of or '-'}"
    )
