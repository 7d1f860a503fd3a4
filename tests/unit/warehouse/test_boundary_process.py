"""The raw boundary's check in a process of its own: the same results, and no process is left behind."""

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from common.errors import WarehouseError
from common.settings import PROJECT_ROOT
from warehouse.connection import open_build
from warehouse.quality import check_new_rows
from warehouse.quality.boundary_process import boundary_process


def is_alive(pid):
    return (
        Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    )


def child_of(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_gives_the_results_of_the_check_in_this_process(land, load_all, settings):
    land("open_interest", [{"oi_native": -1.0}, {"stamped_at": datetime.fromisoformat("2025-07-01 01:00")}])
    load_all()
    calls = []
    with boundary_process() as process:
        results = process.check(settings.build_file, meanwhile=lambda: calls.append("meanwhile"))
    assert calls == ["meanwhile"]
    assert results == check_new_rows(settings.build_file)
    assert [result.name for result in results if not result.is_passed] == ["oi_native_is_not_negative"]


def test_says_why_the_rows_cannot_be_judged(land, load_all, settings):
    land("open_interest", [{}])
    load_all()
    refused = pytest.raises(WarehouseError, match=r"cannot be opened.*wait for the process that holds it")
    with boundary_process() as process, open_build(settings.build_file), refused:
        process.check(settings.build_file, meanwhile=lambda: None)


def test_connections_draw_no_progress_bars(settings):
    with open_build(settings.build_file) as con:
        assert con.execute("select current_setting('enable_progress_bar')").fetchall() == [(False,)]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the process table of Linux")
def test_ends_when_its_parent_is_killed():
    script = (
        "import time\n"
        "from warehouse.quality.boundary_process import boundary_process\n"
        "with boundary_process():\n"
        "    print('started', flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    parent.stdout.readline()
    child = child_of(parent.pid)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(child)
