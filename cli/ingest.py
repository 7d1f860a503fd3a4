"""`oiw ingest`: land files and archives as batches, for `oiw load`. Fetching from venues is in live.py."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import live
from cli.console import print_failures, print_lines, progress_bar
from common.clock import utc_now

app = typer.Typer(
    help="Land rows of venues, files and archives: write them to disk as batches, for `oiw load`.",
    no_args_is_help=True,
)
archive_app = typer.Typer(help="Download and land files of a public archive.", no_args_is_help=True)
app.command("live")(live.ingest_live)
app.add_typer(archive_app, name="archive")


@app.command("files")
def ingest_files(
    manifest: Annotated[
        str, typer.Argument(help="Name of a manifest that oiw contains, path of a manifest's YAML file, or `all`.")
    ],
    root: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder that contains the files of the manifest.", show_default="OIW_FILES_ROOT"
        ),
    ] = None,
    source_mode: Annotated[
        Literal["simulated"] | None,
        typer.Option(help="Label every row as simulated.", show_default="the source mode of the manifest"),
    ] = None,
) -> None:
    """Land the files that a manifest describes. Skip files that have landed and have not changed since.

    A manifest describes the columns, units and times of one kind of
    file. `oiw manifests` lists the manifests that oiw contains.

    Examples:
    $ oiw ingest files all --root DIR
    $ oiw ingest files coinalyze_candle --root DIR
    $ oiw ingest files my.yaml --root DIR
    """
    from common.errors import InputError
    from ingestion.files.ingest import ingest_manifest
    from ingestion.files.manifest import load_manifest, shipped_manifests
    from ingestion.files.patterns import matching_files
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    folder = root or settings.files_root
    if folder is None or not folder.is_dir():
        found = f"the folder {folder} does not exist" if folder else "no folder of files is given"
        raise InputError(f"{found}; name an existing folder with --root DIR or OIW_FILES_ROOT")
    shipped = shipped_manifests()
    paths = list(shipped.values()) if manifest == "all" else [shipped.get(manifest, Path(manifest))]
    observed_at = utc_now()
    failed = 0
    for path in paths:
        loaded = load_manifest(path)
        if manifest == "all" and not any(any(matching_files(folder, pattern)) for pattern in loaded.files):
            typer.echo(f"{loaded.name}: no files")
            continue
        with progress_bar(loaded.name) as on_progress:
            report = ingest_manifest(
                loaded,
                folder,
                settings.landing_dir,
                observed_at=observed_at,
                source_mode=source_mode or settings.source_mode,
                on_progress=on_progress,
            )
        print_lines("waiting", report.waiting)
        print_failures(report.failures)
        failed += len(report.failures)
        typer.echo(
            f"{loaded.name}: {report.landed} files landed ({report.rows:,} rows, {report.duplicates:,} duplicate rows "
            f"dropped), {report.unchanged} unchanged, {len(report.failures)} failed"
        )
    if failed:
        raise InputError(f"{failed} files could not be read (reasons above); the other files have landed")


@archive_app.command("binance")
def ingest_binance_archive(
    *,
    market: Annotated[Literal["um", "cm"], typer.Option(help="Market: um for USD-margined, cm for coin-margined.")],
    dataset: Annotated[
        Literal["metrics", "klines", "markPriceKlines", "indexPriceKlines", "fundingRate"],
        typer.Option(help="Kind of rows; metrics holds open interest and long/short ratios."),
    ],
    symbol: Annotated[list[str], typer.Option(help="Binance's symbol, such as BTCUSDT; repeat it for more.")],
    first_day: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC).")],
    last_day: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day (UTC), included.")],
    granularity: Annotated[
        Literal["daily", "monthly"] | None,
        typer.Option(help="Read files of one day or of one month.", show_default="daily; monthly for fundingRate"),
    ] = None,
    interval: Annotated[str | None, typer.Option(help="Length of a bar, such as 5m; required for klines.")] = None,
    mirror: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Read a local copy of the archive instead of the site."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Site of the archive.", show_default="Binance's site")
    ] = None,
) -> None:
    r"""Land files of Binance's public archive and verify their checksums. Skip files that have landed.

    Example:
    $ oiw ingest archive binance --market um --dataset metrics \
        --symbol BTCUSDT --from 2025-01-01 --to 2025-01-31
    """
    from common.errors import InputError
    from ingestion.archives.binance import PUBLIC_SITE, ArchiveRequest, ingest_archive
    from orchestration.lib.settings import load_settings

    if mirror and base_url:
        raise InputError("--mirror and --base-url exclude each other; give only one of them")
    request = ArchiveRequest(
        market=market,
        dataset=dataset,
        symbols=tuple(symbol),
        first_day=first_day.date(),
        last_day=last_day.date(),
        granularity=granularity or ("monthly" if dataset == "fundingRate" else "daily"),
        interval=interval,
    )
    with progress_bar(f"binance {dataset}") as on_progress:
        report = ingest_archive(
            request,
            load_settings().landing_dir,
            site=mirror or base_url or PUBLIC_SITE,
            observed_at=utc_now(),
            on_progress=on_progress,
        )
    print_failures(report.failures)
    for path in report.missing:
        typer.echo(f"{path}: not in the archive", err=True)
    typer.echo(
        f"{len(report.landed)} files landed ({sum(report.rows.values()):,} rows), {len(report.unchanged)} unchanged, "
        f"{len(report.missing)} not in the archive, {len(report.failures)} failed"
    )
    if report.failures:
        raise InputError(f"{len(report.failures)} files could not be read (reasons above); the other files have landed")
