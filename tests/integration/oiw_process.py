"""`oiw` as a process of its own, on a home that follows one simulated exchange."""

import os
import subprocess
import sys
from contextlib import contextmanager

import duckdb
from sandbox_support import scenery

from common.clock import utc_now
from common.settings import PROJECT_ROOT

_SETTINGS = """
[live]
venues = ["deribit"]
assets = ["BTC"]
backfill_days = 0.1
is_rate_limited = false
[live.base_urls]
deribit = "{url}"
"""
# A shell starts a command in the background with SIGINT ignored, so the test's own process may ignore it.
_MAIN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.main import run; run()"
# Kills the process just before Python opens the first file whose path contains the text.
_KILL_AT_OPEN = (
    "import os, sys; sys.addaudithook(lambda event, arguments: "
    "event == 'open' and {path!r} in str(arguments[0]) and os.kill(os.getpid(), 9)); "
)


@contextmanager
def followed_exchange(home, settings=""):
    """Prepare ``home`` to follow a simulated exchange, and yield that exchange. ``settings`` are added to oiw.toml.

    Its clock stands still: a tick has new rows only after a test has moved the clock on.
    """
    with scenery(utc_now(), days=0.5) as scene:
        (home / "oiw.toml").write_text(_SETTINGS.format(url=scene.sandbox.base_urls["deribit"]) + settings)
        yield scene


class Command:
    """A running `oiw` in a process group of its own."""

    def __init__(self, home, *arguments, kill_at_open=None, environment=None):
        self._lines = []
        self._error_file = home / "stderr.txt"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DAGSTER_"))}
        own = {"OIW_HOME": str(home), "OIW_SOURCE_MODE": "simulated", **(environment or {})}
        main = (_KILL_AT_OPEN.format(path=kill_at_open) if kill_at_open else "") + _MAIN
        with self._error_file.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-c", main, *arguments],
                env=inherited | own,
                cwd=PROJECT_ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def read_until(self, text):
        """Read the output up to the first line that contains ``text``."""
        for line in self.process.stdout:
            self._lines.append(line)
            if text in line:
                return
        raise AssertionError(f"ended before {text!r}: {self.output()}, {self.errors()}")

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def output(self):
        """The whole output, when the process has ended."""
        return "".join([*self._lines, self.process.stdout.read()])

    def errors(self):
        """What the command has written to stderr. Checks may add warnings: the clock of the exchange stands still."""
        return self._error_file.read_text()


@contextmanager
def running(home, *arguments, **options):
    """Start a command, and kill it at the end if it still runs."""
    command = Command(home, *arguments, **options)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.communicate()


def publication(home):
    """The instant of the publication of ``home``; None while nothing is published."""
    path = home / "published" / "oi.duckdb"
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("select published_at from reporting.rpt_publication").fetchone()
