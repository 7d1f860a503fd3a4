"""Ctrl-C and SIGTERM while `oiw live` and `oiw run` work, sent to all their processes as a terminal does."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import duckdb
import pytest
from sandbox_support import scenery

from common.clock import utc_now
from common.settings import PROJECT_ROOT

pytestmark = pytest.mark.xdist_group("live_stop")

SETTINGS = """
[live]
venues = ["deribit"]
assets = ["BTC"]
backfill_days = 0.1
is_rate_limited = false
[live.base_urls]
deribit = "{url}"
"""
STOPPING = "stopping after the current tick; press Ctrl-C again to stop at once"
# A shell starts a command in the background with SIGINT ignored, so the test's own process may ignore it.
_MAIN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.main import run; run()"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home that follows a simulated exchange. The tests run in order, each on what the one before left."""
    with scenery(utc_now(), days=0.5) as scene:
        path = tmp_path_factory.mktemp("live_stop")
        (path / "oiw.toml").write_text(SETTINGS.format(url=scene.sandbox.base_urls["deribit"]))
        yield path


class Command:
    """A running `oiw` in a process group of its own."""

    def __init__(self, home, *arguments):
        self._lines = []
        self._error_file = home / "stderr.txt"
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DAGSTER_"))}
        with self._error_file.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-c", _MAIN, *arguments],
                env=environment | {"OIW_HOME": str(home), "OIW_SOURCE_MODE": "simulated"},
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
        return self._error_file.read_text()


@contextmanager
def running(home, *arguments):
    command = Command(home, *arguments)
    try:
        with command.process:
            yield command
    finally:
        command.process.kill()


def publications(home):
    path = home / "published" / "oi.duckdb"
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("select published_at from reporting.rpt_publication").fetchone()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_in_a_tick_ends_the_process_at_once(home, number):
    with running(home, "live", "--every", "1s") as command:
        command.read_until("done  ")
        command.signal(number)
        while STOPPING not in command.errors():
            time.sleep(0.01)
        command.signal(number)
        sent_at = time.monotonic()
        assert command.process.wait(10) == -number
        assert time.monotonic() - sent_at < 2
    assert publications(home) is None
    # Python's resource tracker, a process of its own, may add a warning.
    assert command.errors().startswith(f"{STOPPING}\n")
    assert "Traceback" not in command.errors()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_ends_at_once(home, number):
    with running(home, "run") as command:
        command.read_until("done  ")
        command.signal(number)
        sent_at = time.monotonic()
        assert command.process.wait(10) == -number
        assert time.monotonic() - sent_at < 2
    assert publications(home) is None
    assert "Traceback" not in command.errors()


@pytest.mark.parametrize(("number", "step"), [(signal.SIGINT, "deribit: ok"), (signal.SIGTERM, "done  build")])
def test_a_signal_in_a_tick_ends_the_process_after_the_tick(home, number, step):
    before = publications(home)
    with running(home, "live", "--every", "1s") as command:
        command.read_until(step)
        command.signal(number)
        assert command.process.wait(300) == 0
        lines = command.output().splitlines()
    assert [line for line in lines if line.startswith("run ")] == [lines[-1]], "exactly one tick"
    assert lines[-1].endswith(("oi.duckdb", "nothing new to publish"))
    assert command.errors() == f"{STOPPING}\n"
    assert publications(home) is not None
    assert publications(home) != before or lines[-1].endswith("nothing new to publish")


def test_a_signal_between_two_ticks_ends_the_process_at_once(home):
    with running(home, "live", "--every", "1h") as command:
        command.read_until("run ")
        time.sleep(0.5)
        command.signal(signal.SIGTERM)
        assert command.process.wait(10) == 0
    assert command.errors() == f"{STOPPING}\n"
