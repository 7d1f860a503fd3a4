"""`make demo`: start the simulated exchanges, run the whole pipeline on them as a user would, and print a summary.

What belongs here: the order of the steps and the folder they work in. What does not: the exchanges (server.py), the
summary (summary.py) and the pipeline, which this module calls only through its command line.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from sandbox.market.latent_market import LatentMarket
from sandbox.market.simulation import simulate
from sandbox.server import running_sandbox
from sandbox.summary import print_summary

_SEED = 7
_ASSETS = ("BTC", "ETH", "BNB")
_HOUR_SECONDS = 3600
_DAY_SECONDS = 86400

# A folder with this file in it is the demo's own, and may be deleted.
_MARKER = "SIMULATED.txt"


def main(argv: list[str] | None = None) -> int:
    """Run the demo in the folder given by ``--home``; return the exit code of the pipeline."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description="Run the pipeline on simulated data.")
    parser.add_argument("--home", type=Path, required=True, help="folder of the warehouse; the demo empties it first")
    parser.add_argument("--days", type=int, default=45, help="days of history before now (default: %(default)s)")
    arguments = parser.parse_args(argv)
    home: Path = arguments.home
    console = Console()
    try:
        recreate(home)
    except FileExistsError as error:
        _print_errors([f"error: {error}"])
        return 2
    # One day more than the pipeline requests.
    history = timedelta(days=arguments.days + 1)
    console.print(
        f"Starting simulated exchanges. The pipeline fetches {arguments.days} days of {', '.join(_ASSETS)}, "
        "then runs two more live ticks.",
        highlight=False,
        soft_wrap=True,
    )
    with running_sandbox(_market(history), clock=time.time, retention=history) as exchanges:
        _write_settings(home, exchanges.base_urls, arguments.days)
        exit_code = _run_pipeline(home)
    if exit_code == 0:
        print_summary(console, lambda sql: _ask(home, sql), home)
    return exit_code


def recreate(home: Path) -> None:
    """Empty the folder ``home`` and mark it as the demo's.

    Raises FileExistsError when ``home`` is a file, or holds files without the demo's mark.
    """
    if home.exists() and not (home / _MARKER).is_file() and (home.is_file() or any(home.iterdir())):
        raise FileExistsError(f"{home} is not the demo's folder: it has no {_MARKER}; choose another --home")
    shutil.rmtree(home, ignore_errors=not home.exists())
    home.mkdir(parents=True)
    (home / _MARKER).write_text("Everything in this folder is simulated. `make demo` deletes it and writes it again.\n")


def _market(history: timedelta) -> LatentMarket:
    this_hour = int(time.time()) // _HOUR_SECONDS * _HOUR_SECONDS
    begins_at = this_hour - int(history.total_seconds()) // _DAY_SECONDS * _DAY_SECONDS
    return simulate(seed=_SEED, begins_at=begins_at, ends_at=this_hour + 2 * _HOUR_SECONDS)


def _write_settings(home: Path, base_urls: Mapping[str, str], days: int) -> None:
    """Write the settings file with which a user would follow these exchanges instead of the real ones."""
    lines = [
        "# `make demo` wrote this file. The URLs are those of its simulated exchanges, which have stopped.",
        "[live]",
        f"assets = {json.dumps(_ASSETS)}",
        f"backfill_days = {days}",
        "is_rate_limited = false",
        "timeout_seconds = 60",
        "[live.base_urls]",
        *(f"{api_id} = {json.dumps(url)}" for api_id, url in base_urls.items()),
    ]
    (home / "oiw.toml").write_text("\n".join([*lines, ""]))


def _run_pipeline(home: Path) -> int:
    """Run ``oiw live`` and return its exit code. Its results go to the screen, its log lines to ``run.log``."""
    log_file = home / "run.log"
    with log_file.open("w") as log:
        # The first tick fetches the whole history; two more follow at once.
        exit_code = _oiw(home, "live", "--ticks", "3", "--every", "1s", stderr=log).returncode
    if exit_code:
        errors = [line for line in log_file.read_text().splitlines() if line.startswith("error:")]
        reasons = [*errors, f"error: the pipeline failed; its whole log is in {log_file}"]
        _print_errors(reasons)
    return exit_code


def _print_errors(lines: list[str]) -> None:
    Console(stderr=True).print("\n".join(lines), style="red", highlight=False, markup=False, soft_wrap=True)


def _ask(home: Path, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query on the published file, read through the command line as any program could."""
    answer = _oiw(home, "sql", "--format", "json", sql, stdout=subprocess.PIPE)
    answer.check_returncode()
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def _oiw(
    home: Path, *arguments: str, stdout: int | None = None, stderr: TextIO | None = None
) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sysconfig.get_path("scripts")) / "oiw"), "--home", str(home), *arguments]
    environment = {**os.environ, "OIW_SOURCE_MODE": "simulated"}
    return subprocess.run(  # noqa: S603 -- the command is our own, and no shell reads its arguments
        command, env=environment, stdout=stdout, stderr=stderr, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
