"""A tick that is killed any number of times at any point, and then runs again, ends like an undisturbed tick.

The processes are real and end by SIGKILL. The clock of the simulated exchanges stands still, so that the killed home
and the undisturbed home receive the same responses.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from marts_support import differences
from sandbox_support import landed_rows, scenery

from ingestion.records import DATASETS

pytestmark = pytest.mark.xdist_group("kill")

FIRST_TICK = datetime.fromisoformat("2026-03-20T12:00:00")
SECOND_TICK = FIRST_TICK + timedelta(hours=1)
VENUES = ("bybit", "hyperliquid")
TICK_PROCESS = Path(__file__).with_name("tick_process.py")
PROJECT_ROOT = TICK_PROCESS.parents[2]

# The test kills each step after these fractions of its undisturbed time. The process needs the first half of that time
# to start.
STEPS = {
    "fetch": (0.7, 0.9),
    "load": (0.4, 0.6, 0.9),
    "build": (0.6, 0.85),
    "publish": (),
}
# The test kills publishing when the new file reaches these sizes in bytes: just begun, and full of tables.
PUBLISHED_BYTES = (1, 200_000)
# The process dies just before the first batch gets its name, or just before a later batch gets its name.
AT_RENAMES = (("os.rename", "landing", "1"), ("os.rename", "landing", "4"))

_READER = """
import sys, time, duckdb
from pathlib import Path
path, stop = sys.argv[1], Path(sys.argv[2])
seen = set()
while not stop.exists():
    with duckdb.connect(path, read_only=True) as con:
        seen |= set(con.execute(
            "select published_at, (select count(*) from core.fct_open_interest) from reporting.rpt_publication"
        ).fetchall())
    time.sleep(0.05)
print(len(seen), flush=True)
"""


class Home:
    """A home, and the processes of its ticks."""

    def __init__(self, path):
        self.path = path
        self.published_file = path / "published" / "oi.duckdb"

    def start(self, step, at, *kill):
        is_timeless = step in {"load", "build", "publish"}
        arguments = ["-c", "from cli.main import run; run()", step] if is_timeless else [TICK_PROCESS, str(at), step]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DAGSTER_"))}
        return subprocess.Popen(
            [sys.executable, *arguments, *kill],
            stdout=subprocess.DEVNULL,
            env=environment | {"OIW_HOME": str(self.path), "OIW_SOURCE_MODE": "simulated"},
            cwd=PROJECT_ROOT,
        )

    def finish(self, step, at):
        """Run a step to its end; return its seconds."""
        began = time.monotonic()
        assert self.start(step, at).wait() == 0, step
        return time.monotonic() - began

    def kill(self, step, at, seconds):
        """Kill a step after some time; return its exit code.

        If the step ends earlier, because the machine is faster than when it was timed, the next one gets less time.
        """
        code = 0
        while code == 0:
            process = self.start(step, at)
            time.sleep(seconds)
            process.kill()
            code = process.wait()
            seconds *= 0.8
        return code

    def kill_publishing(self, written_bytes):
        """Kill publishing when the new file has reached a size; return the exit code."""
        process = self.start("publish", SECOND_TICK)
        while process.poll() is None and self._new_file_bytes() < written_bytes:
            time.sleep(0.001)
        process.kill()
        return process.wait()

    def _new_file_bytes(self):
        # The file and its write-ahead log.
        try:
            return sum(path.stat().st_size for path in self.published_file.parent.glob(".*.tmp*"))
        except FileNotFoundError:
            # The file appeared or disappeared between the two calls.
            return 0


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Two homes with the same first tick; the first also has the second tick. Also the seconds of its steps."""
    base = tmp_path_factory.mktemp("kill")
    with scenery(FIRST_TICK, days=0.5, seed=5) as scene:
        undisturbed, killed = Home(base / "undisturbed"), Home(base / "killed")
        undisturbed.path.mkdir()
        urls = "".join(f'{api_id} = "{scene.sandbox.base_urls[api_id]}"\n' for api_id in VENUES)
        (undisturbed.path / "oiw.toml").write_text(
            f'[live]\nassets = ["ETH"]\nvenues = {list(VENUES)}\nbackfill_days = 0.2\nis_rate_limited = false\n'
            f"[live.base_urls]\n{urls}"
        )
        for step in STEPS:
            undisturbed.finish(step, FIRST_TICK)
        shutil.copytree(undisturbed.path, killed.path)
        scene.now = SECOND_TICK
        yield undisturbed, killed, {step: undisturbed.finish(step, SECOND_TICK) for step in STEPS}


@contextmanager
def reading(published_file, stop):
    """Open the published file in a loop. At the end, the yielded list has the number of files that the reader found."""
    files_seen = []
    command = [sys.executable, "-c", _READER, str(published_file), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        try:
            yield files_seen
        finally:
            stop.touch()
            output, _ = reader.communicate()
    # The reader ends at the first file that it cannot open or read.
    assert reader.returncode == 0
    files_seen.append(int(output))


def test_killed_ticks_change_no_result_and_no_reader_sees_a_broken_file(homes, tmp_path):
    undisturbed, killed, seconds = homes
    codes = {}
    with reading(killed.published_file, tmp_path / "stop") as files_seen:
        codes["land"] = [killed.start("fetch", SECOND_TICK, *place).wait() for place in AT_RENAMES]
        for step, shares in STEPS.items():
            codes[step] = [killed.kill(step, SECOND_TICK, share * seconds[step]) for share in shares]
            # Each step continues where it was killed. The whole tick at the end completes the last step.
            if step != "publish":
                killed.finish(step, SECOND_TICK)
        codes["publish"] = [killed.kill_publishing(written_bytes) for written_bytes in PUBLISHED_BYTES]
        killed.finish("tick", SECOND_TICK)

    assert {step for step, ended in codes.items() if -signal.SIGKILL in ended} == {"land", *STEPS}
    assert {code for ended in codes.values() for code in ended} <= {-signal.SIGKILL, 0}
    assert files_seen[0] >= 2
    for dataset in DATASETS.values():
        assert landed_rows(killed.path, dataset) == landed_rows(undisturbed.path, dataset)
    assert differences(undisturbed.published_file, killed.published_file) == []
