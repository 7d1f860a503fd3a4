"""``oiw sandbox``: the embedded exchanges, for a look around and for rehearsals without a network.

What belongs here: arguments and what is printed. What does not: the exchanges (sandbox/).
"""

import time
from typing import Annotated

import typer

from cli.stop_signals import stop_on_signals

app = typer.Typer(
    help="Simulated exchanges on this machine, in the wire formats of the real ones.", no_args_is_help=True
)

_DAY_SECONDS = 86400
_HOUR_SECONDS = 3600


@app.callback()
def _group() -> None:
    """Keep ``serve`` a verb of its own: typer drops the name of a group's only one."""


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(help="Port on the loopback; 0 for any free one.")] = 8900,
    seed: Annotated[int, typer.Option(help="Which market; one seed, one market.")] = 7,
    days: Annotated[int, typer.Option(min=1, help="Days of history before now.")] = 47,
    hours_ahead: Annotated[int, typer.Option(min=1, help="Hours that the market goes on from now.")] = 24,
    latency_seconds: Annotated[float, typer.Option(min=0, help="What every answer takes.")] = 0.0,
    extra_instruments: Annotated[int, typer.Option(min=0, help="Perpetuals to list besides the market's own.")] = 0,
) -> None:
    """Serve the simulated exchanges until Ctrl-C or SIGTERM, and print the settings that make the pipeline use them."""
    from sandbox.market.simulation import simulate
    from sandbox.server import running_sandbox

    stop = stop_on_signals()
    this_hour = int(time.time()) // _HOUR_SECONDS * _HOUR_SECONDS
    market = simulate(
        seed=seed,
        begins_at=this_hour - days * _DAY_SECONDS,
        ends_at=this_hour + hours_ahead * _HOUR_SECONDS,
    )
    with running_sandbox(
        market, clock=time.time, port=port, latency_seconds=latency_seconds, extra_instruments=extra_instruments
    ) as sandbox:
        typer.echo("# Simulated exchanges. Set OIW_SOURCE_MODE=simulated, and in oiw.toml:")
        typer.echo("[live]")
        typer.echo("is_rate_limited = false")
        typer.echo("[live.base_urls]")
        for api_id, url in sandbox.base_urls.items():
            typer.echo(f'{api_id} = "{url}"')
        stop.wait()
