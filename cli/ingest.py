"""`oiw ingest`: land files and archives as batches; what venues say is in live.py.

Nothing is loaded into the warehouse yet (`oiw load`).
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.console import print_failures, progress_bar
from common.clock import utc_now

app = typer.Typer(help="Land what venues say, recorded files and public archives as batches.", no_args_is_help=True)
archive_app = typer.Typer(help="Land files of a public archive.", no_args_is_help=True)
app.add_typer(archive_app, name="archive")


@app.command("files")
def ingest_files(
    manifest: Annotated[str, typer.Argument(help="A manifest's YAML file, a shipped manifest's name, or `all`.")],
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder that paths are relative to [default: OIW_FILES_ROOT].")
    ] = None,
    source_mode: Annotated[
        Literal["simulated"] | None, typer.Option(help="Label every row as made up, instead of as the manifest does.")
    ] = None,
) -> None:
    """Land the files that a manifest means; unchanged files are not landed again.

    Examples: `oiw ingest files all --root ../shared/data`, `oiw ingest files coinalyze_candle --root DIR`,
    `oiw ingest files my.yaml --root DIR`. `oiw manifests` lists the shipped ones.
    """
    from common.errors import InputError
    from ingestion.files.ingest import ingest_manifest
    from ingestion.files.manifest import load_manifest, shipped_manifests
    from ingestion.files.patterns import matching_files
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    folder = root or settings.files_root
    if folder is None or not folder.is_dir():
        raise InputError(f"the folder of the files is {folder or 'not given'}: name an existing one with --root DIR")
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
        print_failures(report.failures)
        failed += len(report.failures)
        typer.echo(
            f"{loaded.name}: {report.landed} files landed ({report.rows:,} rows, {report.duplicates:,} duplicates "
            f"left out), {report.unchanged} unchanged, {len(report.failures)} failed"
        )
    if failed:
        raise InputError(f"{failed} files were refused (above); the others have landed")


@archive_app.command("binance")
def ingest_binance_archive(
    *,
    market: Annotated[Literal["um", "cm"], typer.Option(help="um: USD-margined, cm: coin-margined futures.")],
    dataset: Annotated[
        Literal["metrics", "klines", "markPriceKlines", "indexPriceKlines", "fundingRate"],
        typer.Option(help="metrics: open interest and long/short ratios."),
    ],
    symbol: Annotated[list[str], typer.Option(help="Native symbol, such as BTCUSDT; may be repeated.")],
    first_day: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC).")],
    last_day: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")],
    granularity: Annotated[Literal["daily", "monthly"] | None, typer.Option(help="Kind of files.")] = None,
    interval: Annotated[str | None, typer.Option(help="Bar of klines, such as 5m.")] = None,
    mirror: Annotated[Path | None, typer.Option(metavar="DIR", help="A local mirror with the site's layout.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="The site [default: Binance's own].")] = None,
) -> None:
    """Land files of the public Binance archive, checksums verified; what has landed is not fetched again.

    Example: `oiw ingest archive binance --market um --dataset metrics --symbol BTCUSDT --from 2025-01-01
    --to 2025-01-31`.
    """
    from common.errors import InputError
    from ingestion.archives.binance import PUBLIC_SITE, ArchiveRequest, ingest_archive
    from orchestration.lib.settings import load_settings

    if mirror and base_url:
        raise InputError("--mirror and --base-url exclude each other; give one of them")
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
        f"{len(report.missing)} missing in the archive, {len(report.failures)} failed"
    )
    if report.failures:
        raise InputError(f"{len(report.failures)} files were refused (above); the others have landed")
