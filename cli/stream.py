"""`oiw stream`: collectors of events that venues push on a stream and do not keep."""

from typing import TYPE_CHECKING, Annotated

import typer

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
        float, typer.Option(min=0.1, help="Seconds between two batches of events; a crash loses this much at most.")
    ] = 5,
    coverage_seconds: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two batches that record when the stream was connected.")
    ] = 60,
) -> None:
    """Land liquidation events from the venues' streams, and the time each stream was connected, until stopped.

    Collects the contracts that `oiw ingest live` or `oiw live` has landed.
    Reconnects to a venue that cannot be reached until it is back, and
    prints a line on stderr when a connection changes. Ctrl-C or SIGTERM
    ends the command.

    Examples:
    $ oiw stream liquidations
    $ oiw stream liquidations --venue bybit
    """
    import asyncio
    import signal
    from contextlib import suppress

    from common.errors import TransientError
    from ingestion.live.settings import LiveSettings
    from ingestion.stream.catalogue import STREAM_VENUES, channels_of
    from ingestion.stream.collector import collect_liquidations
    from ingestion.stream.connection import Timings
    from ingestion.stream.landed_instruments import landed_instruments
    from orchestration.lib.settings import load_settings

    settings = load_settings()
    live = settings.section(LiveSettings)
    source_mode = settings.live_source_mode
    channels = channels_of(venue or [followed for followed in live.venues if followed in STREAM_VENUES])

    def list_instruments(venue_native: str) -> "Mapping[str, Instrument]":
        return landed_instruments(settings.landing_dir, venue_native, source_mode=source_mode, now=utc_now())

    async def collect() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
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
        # Simulated and real rows in one folder are refused at once. Instruments may be missing here: the collector
        # lists them again later.
        with suppress(TransientError):
            list_instruments(venue_native)
    asyncio.run(collect())
