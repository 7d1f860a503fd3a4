"""`oiw stream`: long-running collectors of what venues push and nobody can ask for later."""

from typing import TYPE_CHECKING, Annotated

import typer

from common.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestion.api.feed import Instrument

app = typer.Typer(help="Collect what venues push, until stopped.", no_args_is_help=True)


@app.callback()
def _stream() -> None:
    """Keep `liquidations` a verb of its own: typer would make a single command the group itself."""


@app.command("liquidations")
def stream_liquidations(
    *,
    venue: Annotated[list[str] | None, typer.Option(help="Only this venue; may be repeated.")] = None,
    flush_seconds: Annotated[float, typer.Option(min=0.1, help="How often events land, and what a crash loses.")] = 5,
    coverage_seconds: Annotated[
        float, typer.Option(min=0.1, help="How often it lands what has been listened to.")
    ] = 60,
) -> None:
    """Listen to the liquidation streams and land events and listening intervals; Ctrl-C or SIGTERM ends it.

    Follows the contracts that `oiw ingest live` has landed. A venue that cannot be reached is tried again for ever,
    with one line a change of state on stderr.

    Examples: `oiw stream liquidations`, `oiw stream liquidations --venue bybit`.
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
        # Simulated beside real data is refused at once; not to know the instruments yet is none of the user's mistakes.
        with suppress(TransientError):
            list_instruments(venue_native)
    asyncio.run(collect())
