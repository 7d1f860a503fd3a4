"""``oiw sandbox``: the simulated exchanges, to try the product without a network.

What belongs here: arguments and what is printed. What does not: the exchanges (sandbox/).
"""

import time
from threading import Event
from typing import Annotated

import typer

from cli.stop_signals import stop_on_signals

app = typer.Typer(
    help="Run simulated exchanges on this machine, with the APIs of the real exchanges.", no_args_is_help=True
)

_DAY_SECONDS = 86400
_HOUR_SECONDS = 3600


@app.callback()
def _group() -> None:
    """Keep the name ``serve``: typer drops the name of a command that is alone in its group."""


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes any free port.")] = 8900,
    seed: Annotated[int, typer.Option(help="Seed of the market; the same seed gives the same market.")] = 7,
    days: Annotated[int, typer.Option(min=1, help="Days of market history before now.")] = 47,
    hours_ahead: Annotated[int, typer.Option(min=1, help="Hours for which the market continues after now.")] = 24,
    latency_seconds: Annotated[float, typer.Option(min=0, help="Delay of every response, in seconds.")] = 0.0,
    extra_instruments: Annotated[
        int, typer.Option(min=0, help="Number of perpetuals that each exchange lists in addition to the market's own.")
    ] = 0,
) -> None:
    """Serve the simulated exchanges until Ctrl-C or SIGTERM, and print the settings that make `oiw live` use them.

    Example:
    $ oiw sandbox serve --port 8900
    """
    from sandbox.market.simulation import simulate
    from sandbox.server import running_sandbox

    stop = Event()
    stop_on_signals(stop.set)
    this_hour = int(time.time()) // _HOUR_SECONDS * _HOUR_SECONDS
    market = simulate(
        seed=seed,
        begins_at=this_hour - days * _DAY_SECONDS,
        ends_at=this_hour + hours_ahead * _HOUR_SECONDS,
    )
    with running_sandbox(
        market, clock=time.time, port=port, latency_seconds=latency_seconds, extra_instruments=extra_instruments
    ) as sandbox:
        typer.echo("# Simulated exchanges. Set OIW_SOURCE_MODE=simulated, and put these lines into oiw.toml:")
        typer.echo("[live]")
        typer.echo("is_rate_limited = false")
        typer.echo("[live.base_urls]")
        for api_id, url in sandbox.base_urls.items():
            typer.echo(f'{api_id} = "{url}"')
        stop.wait()
