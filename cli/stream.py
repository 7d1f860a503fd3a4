"""`oiw stream`: collectors of events that venues push on a stream and do not keep."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.stop_signals import stop_on_signals
from common.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.api.feed import Instrument

app = typer.Typer(help="Collect events that venues push on a stream and do not keep.", no_args_is_help=True)


@app.callback()
def _stream() -> None:
    """Keep the name `liquidations`: typer drops the name of a command that is alone in its group."""


@app.command("liquidations")
def stream_liquidations(
    *,
    venue: Annotated[
        list[str] | None,
        typer.Option(
            help="Collect from this venue only; repeat it for more.",
            show_default="venues of oiw.toml that have a stream",
        ),
    ] = None,
    flush_seconds: Annotated[
        float,
        typer.Option(
            min=0.1, help="Seconds between two batches of events; a crash loses at most the events of this time."
        ),
    ] = 5,
    coverage_seconds: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two batches that record when the stream was connected.")
    ] = 60,
) -> None:
    """Land liquidation events from the venues' streams, and the time each stream was connected, until you stop it.

    The command collects events of the contracts that `oiw ingest live` or
    `oiw live` has landed. If a venue cannot be reached, the command tries
    again until it can. It prints a line on stderr when a connection
    changes. Ctrl-C or SIGTERM ends the command after it has landed the
    events that have arrived; a second one ends it at once.

    Examples:
    $ oiw stream liquidations
    $ oiw stream liquidations --venue bybit
    """
    import asyncio
    from contextlib import suppress

    from common.errors import TransientError
    from ingestion.api.landed_instruments import landed_instruments
    from ingestion.live.settings import LiveSettings
    from ingestion.stream.catalogue import STREAM_VENUES, channels_of
    from ingestion.stream.collector import collect_liquidations
    from ingestion.stream.connection import Timings
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    live = settings.section(LiveSettings)
    source_mode = settings.live_source_mode
    channels = channels_of(venue or [followed for followed in live.venues if followed in STREAM_VENUES])

    def list_instruments(venue_native: str) -> "Mapping[str, Instrument]":
        return landed_instruments(settings.landing_dir, venue_native, source_mode=source_mode, now=utc_now())

    async def collect() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stop_on_signals(lambda: loop.call_soon_threadsafe(stop.set))
        await collect_liquidations(
            channels,
            landing_dir=settings.landing_dir,
            source_mode=source_mode,
            list_instruments=list_instruments,
            stop=stop,
            base_urls=live.base_urls,
            timings=Timings(flush=flush_seconds, coverage=coverage_seconds),
            say=lambda line: typer.echo(f"{utc_now():%Y-%m-%d %H:%M:%S} {line}", err=True),
        )

    for venue_native in {channel.venue for channel in channels}:
        # This call fails at once if simulated and real rows would be mixed in one folder. It does not fail if
        # instruments are missing: the collector lists them again later.
        with suppress(TransientError):
            list_instruments(venue_native)
    asyncio.run(collect())
