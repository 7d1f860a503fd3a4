"""`oiw ingest live` fetches once from all venues; `oiw live` runs whole ticks, one after the other."""

import re
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_failures, progress_bar
from cli.pipeline import run_and_report
from cli.stop_signals import call_beside_signals, stop_on_signals
from common.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Collection

    from common.settings import Settings
    from ingestion.live.report import TickReport

_Venues = Annotated[
    list[str] | None,
    typer.Option(
        "--venue", help="Fetch from this venue only; repeat it for more.", show_default="[live] of oiw.toml, else all"
    ),
]
_Assets = Annotated[
    list[str] | None,
    typer.Option(
        "--asset",
        help="Fetch this asset only, such as BTC; repeat it for more.",
        show_default="[live] of oiw.toml, else BTC, ETH, BNB, SOL",
    ),
]

_DURATION = re.compile(r"(?P<count>[1-9][0-9]*)(?P<unit>[smh])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}


def ingest_live(*, venue: _Venues = None, asset: _Assets = None) -> None:
    """Fetch new rows from all venues once, and land them: write them to disk as batches.

    The first fetch also takes the history that the venues still keep,
    up to `backfill_days` of oiw.toml (30 days by default). If you
    interrupt a fetch, the next fetch continues from there.

    Examples:
    $ oiw ingest live
    $ oiw ingest live --venue bybit --venue okx --asset BTC
    """
    from common.errors import TransientError
    from ingestion.live.tick import fetch_tick

    with progress_bar("live") as on_progress:
        report = fetch_tick(_chosen_settings(venue, asset), on_progress=on_progress)
    _print_report(report)
    failed = [provider.name for provider in report.providers if provider.status != "ok"]
    if failed:
        raise TransientError(
            f"some or all requests failed at {', '.join(failed)} (reasons above); the other rows have landed"
        )


def follow_venues(
    *,
    venue: _Venues = None,
    asset: _Assets = None,
    ticks: Annotated[
        int | None, typer.Option(min=1, help="End after this number of ticks.", show_default="run until stopped")
    ] = None,
    every: Annotated[
        str, typer.Option(help="Time from the start of one tick to the start of the next, such as 30s, 5m or 1h.")
    ] = "5m",
) -> None:
    """Fetch from the venues, load, check, build and publish; repeat until you stop it.

    Each round is a tick. After it, the command sends alerts of new signals
    if you have configured a receiver (docs/how_to/alerts.md). Ctrl-C or
    SIGTERM ends the command after the current tick; a second one ends it
    at once. The command ends with an error if the first tick fails. It
    reports the failure of a later tick and continues.

    Examples:
    $ oiw live
    $ oiw live --ticks 1 --venue deribit
    """
    every_seconds = _seconds(every)
    settings = _chosen_settings(venue, asset)
    stop = Event()

    def stop_after_tick() -> None:
        typer.echo("stopping after the current tick; press Ctrl-C again to stop at once", err=True)
        stop.set()

    stop_on_signals(stop_after_tick)
    call_beside_signals(lambda: _run_ticks(settings, stop, ticks=ticks, every_seconds=every_seconds))


def _run_ticks(settings: "Settings", stop: Event, *, ticks: int | None, every_seconds: int) -> None:
    """Run ticks until ``stop`` is set, at most ``ticks``. Raises the error of the first tick and of the last one."""
    from common.errors import OiwError

    fetch = _Fetch()
    done = 0
    while not stop.is_set():
        began_at = utc_now()
        failure = None
        try:
            run_and_report(settings, fetch_live=fetch)
        except OiwError as error:
            failure = error
        # Also after a failed tick: signals of an earlier one may wait for a sink that was down.
        _send_alerts(settings)
        done += 1
        if failure and done in {1, ticks}:
            raise failure
        if failure:
            print_failures((str(failure),))
        if done == ticks:
            return
        stop.wait(max(every_seconds - (utc_now() - began_at).total_seconds(), 0))


def _send_alerts(settings: "Settings") -> None:
    """Send the new signals of the published file, and print what was sent and what failed."""
    from alerts.delivery import deliver_alerts, failed_alerts, sent_alerts
    from common.errors import WarehouseError

    try:
        reports = deliver_alerts(settings)
    except (WarehouseError, OSError) as error:
        # Nothing is published yet, or the Dagster sensor is sending at this moment.
        typer.echo(f"no alerts sent: {error}", err=True)
        return
    print_failures(tuple(f"alert to {failure}" for failure in failed_alerts(reports)))
    if any(report.delivered for report in reports):
        typer.echo(sent_alerts(reports))


class _Fetch:
    """Fetches a tick with a progress bar, and keeps the circuit breakers from one tick to the next."""

    def __init__(self) -> None:
        from ingestion.live.breaker import Breakers

        self._breakers = Breakers()

    def __call__(self, settings: "Settings", *, providers: "Collection[str]") -> "TickReport":
        from ingestion.live.tick import fetch_tick

        with progress_bar("live") as on_progress:
            report = fetch_tick(settings, providers=providers, breakers=self._breakers, on_progress=on_progress)
        _print_report(report)
        return report


def _chosen_settings(venues: list[str] | None, assets: list[str] | None) -> "Settings":
    from ingestion.live.settings import LiveSettings, choose
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    return settings.with_section(choose(settings.section(LiveSettings), venues=venues, assets=assets))


def _print_report(report: "TickReport") -> None:
    print_failures(report.failures)
    for provider in report.providers:
        rows = ", ".join(f"{dataset} {count:,}" for dataset, count in provider.rows.items()) or "nothing new"
        typer.echo(
            f"{provider.name}: {provider.status}, {rows} ({provider.requests} requests, {provider.seconds:.1f} s)"
        )


def _seconds(duration: str) -> int:
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise typer.BadParameter(f"{duration!r} is not a duration; write it as 30s, 5m or 1h", param_hint="--every")
    return int(found["count"]) * _UNIT_SECONDS[found["unit"]]
