"""A process that fetches, or runs a whole tick like `oiw live`, at a given instant. It can kill itself on the way.

`tick_process.py 2026-03-20T12:00:00 fetch` fetches; `... tick` runs a tick. `... fetch os.rename landing 4` kills the
process just before Python renames something in `landing` for the fourth time.
"""

import os
import signal
import sys
from datetime import datetime

from cli.pipeline import run_and_report
from ingestion.live.tick import fetch_tick
from orchestration.lib.settings import load_settings


def _kill_at(event_name, path_part, times):
    """Kill this process at the given occurrence of an audit event. The code before it runs unchanged."""
    left = int(times)

    def kill(event, arguments):
        nonlocal left
        if event == event_name and path_part in str(arguments):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill)


def _main(now, what, *kill):
    settings = load_settings()

    def fetch(settings, providers=None):
        return fetch_tick(settings, clock=lambda: datetime.fromisoformat(now), providers=providers)

    if kill:
        _kill_at(*kill)
    if what == "tick":
        run_and_report(settings, fetch_live=fetch)
    else:
        fetch(settings)


_main(*sys.argv[1:])
