"""`oiw ingest live`, one fetch from all venues, and `oiw live`, whole ticks one after the other."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_failures, progress_bar
from cli.pipeline import run_and_report
from cli.stop_signals import stop_on_signals
from common.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Collection

    from common.settings import Settings
    from ingestion.live.report import TickReport

_Venues = Annotated[list[str] | None, typer.Option("--venue", help="Only this venue; may be repeated.")]
_Assets = Annotated[list[str] | None, typer.Option("--asset", help="Only this asset, such as BTC; may be repeated.")]

_DURATION = re.compile(r"(?P<count>[1-9][0-9]*)(?P<unit>[smh])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}


def register(app: typer.Typer, ingest_app: typer.Typer) -> None:
    """Add `live` to ``app`` and to the group `ingest`."""
    app.command("live")(follow_venues)
    ingest_app.command("live")(ingest_live)


def ingest_live(*, venue: _Venues = None, asset: _Assets = None) -> None:
    """Fetch once from all venues what has not landed yet, and land it. The first time, all that venues still keep.

    Follows what oiw.toml says, by default BTC, ETH, BNB and SOL on all venues. Stopped in the middle, it goes on there
    the next time. Examples: `oiw ingest live`, `oiw ingest live --venue bybit --venue okx --asset BTC`.
    """
    from common.errors import TransientError
    from ingestion.live.tick import fetch_tick

    with progress_bar("live") as on_progress:
        report = fetch_tick(_chosen_settings(venue, asset), on_progress=on_progress)
    _print_report(report)
    failed = [origin.name for origin in report.origins if origin.status != "ok"]
    if failed:
        raise TransientError(f"{', '.join(failed)} failed in part or whole (above); the others have landed")


def follow_venues(
    *,
    venue: _Venues = None,
    asset: _Assets = None,
    ticks: Annotated[int | None, typer.Option(min=1, help="How many ticks [default: until stopped].")] = None,
    every: Annotated[str, typer.Option(help="From one tick's start to the next, such as 30s, 5m or 1h.")] = "5m",
) -> None:
    """Fetch, load, check, build and publish, tick after tick. Ctrl-C or SIGTERM ends it after the tick in hand.

    The first tick must succeed; later ones that fail are said, and the next goes on. Examples: `oiw live`,
    `oiw live --ticks 1 --venue deribit`.
    """
    from common.errors import OiwError

    every_seconds = _seconds(every)
    settings = _chosen_settings(venue, asset)
    stop = stop_on_signals()
    fetch = _Fetch()
    done = 0
    while not stop.is_set():
        began_at = utc_now()
        try:
            run_and_report(settings, fetch_live=fetch)
        except OiwError as error:
            if done == 0 or done + 1 == ticks:
                raise
            print_failures((str(error),))
        done += 1
        if done == ticks:
            return
        stop.wait(max(every_seconds - (utc_now() - began_at).total_seconds(), 0))


class _Fetch:
    """Fetches a tick with a progress bar, and keeps the circuit breakers from one to the next."""

    def __init__(self) -> None:
        from ingestion.live.breaker import Breakers

        self._breakers = Breakers()

    def __call__(self, settings: "Settings", *, origins: "Collection[str]") -> "TickReport":
        from ingestion.live.tick import fetch_tick

        with progress_bar("live") as on_progress:
            report = fetch_tick(settings, origins=origins, breakers=self._breakers, on_progress=on_progress)
        _print_report(report)
        return report


def _chosen_settings(venues: list[str] | None, assets: list[str] | None) -> "Settings":
    from ingestion.live.settings import LiveSettings, choose
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    return settings.with_section(choose(settings.section(LiveSettings), venues=venues, assets=assets))


def _print_report(report: "TickReport") -> None:
    print_failures(report.failures)
    for origin in report.origins:
        rows = ", ".join(f"{dataset} {count:,}" for dataset, count in origin.rows.items()) or "nothing new"
        typer.echo(f"{origin.name}: {origin.status}, {rows} ({origin.requests} requests, {origin.seconds:.1f} s)")


def _seconds(duration: str) -> int:
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise typer.BadParameter(f"{duration!r} is no duration; write 30s, 5m or 1h", param_hint="--every")
    return int(found["count"]) * _UNIT_SECONDS[found["unit"]]
