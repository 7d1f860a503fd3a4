"""`oiw dev`: the Dagster UI on this machine."""

import os
import sys
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to ``app``."""
    app.command("dev")(open_dagster)


def open_dagster(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Serve the Dagster UI on 127.0.0.1, with the daemon that runs schedules, until Ctrl-C.

    Example: `oiw dev`, then open http://127.0.0.1:3000. Schedules are off until you turn them on there.
    """
    from ingestion.settings import load_settings
    from orchestration.lib.instance import prepare_home

    settings = load_settings()
    environment = {
        **os.environ,
        "OIW_HOME": str(settings.home),
        "DAGSTER_HOME": str(prepare_home(settings)),
    }
    command = ["-m", "dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    # Dagster takes over this process, and with it Ctrl-C and the exit code.
    os.execve(sys.executable, [sys.executable, *command], environment)  # noqa: S606  # no shell, no outside values
