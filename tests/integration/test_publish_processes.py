"""Publishing beside other processes: readers of the old file, and publishers that a test kills."""

import signal
import subprocess
import sys
import time

import duckdb
import pytest

from warehouse.connection import open_build, open_read_only
from warehouse.migrations import migrate
from warehouse.publish import publish

_ROWS = 100_000

_READER = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
query = "select max(run), sum(oi_base), count(*) from core.fct_open_interest"
print(con.execute(query).fetchall(), flush=True)
sys.stdin.readline()
print(con.execute(query).fetchall(), flush=True)
"""

# The process kills itself just before the named audit event. The steps of publish before it run unchanged.
_PUBLISHER = """
import os, signal, sys
from pathlib import Path
from warehouse.publish import publish

event_name, path_part = sys.argv[3], sys.argv[4]

def kill(event, arguments):
    if event == event_name and path_part in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
publish(Path(sys.argv[1]), Path(sys.argv[2]), run_id="killed")
"""


def _build(path, run, rows=_ROWS):
    with open_build(path) as con:
        migrate(con)
        con.execute("create schema if not exists core")
        con.execute(
            "create or replace table core.fct_open_interest as select timestamp '2025-01-01' as event_at, "
            f"'file' as source_mode, {run} as run, random() as noise, 1.0::double as oi_base from range({rows})"
        )
        con.execute("delete from ops.build")
        con.execute("insert into ops.build values ('b', 0, 'sha', true, now()::timestamp, now()::timestamp)")


@pytest.fixture
def files(tmp_path):
    """A build file, and a published file of an earlier state of it."""
    build_file, published_file = tmp_path / "build.duckdb", tmp_path / "published" / "oi.duckdb"
    _build(build_file, 1)
    publish(build_file, published_file, run_id="first")
    _build(build_file, 2)
    return build_file, published_file


def _read(published_file):
    with open_read_only(published_file, missing="") as con:
        return con.execute(
            "select run_id, max(run), sum(oi_base), count(*) "
            "from core.fct_open_interest, reporting.rpt_publication group by run_id"
        ).fetchall()


def _run(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *(str(argument) for argument in arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_reader_of_the_old_file_is_undisturbed(files):
    build_file, published_file = files
    with _run(_READER, published_file) as reader:
        assert reader.stdout.readline() == f"[(1, {_ROWS}.0, {_ROWS})]\n"
        publish(build_file, published_file, run_id="second")
        assert _read(published_file) == [("second", 2, _ROWS, _ROWS)]
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == f"[(1, {_ROWS}.0, {_ROWS})]\n"
    assert reader.returncode == 0


@pytest.mark.parametrize(
    ("event", "path_part"),
    [
        # Before the flush of the new file, before the swap, and before the flush of the folder after the swap.
        ("open", ".oi.duckdb.tmp"),
        ("os.rename", ".oi.duckdb.tmp"),
        ("open", "published"),
    ],
)
def test_a_killed_publisher_leaves_a_whole_file_and_the_next_one_goes_on(files, event, path_part):
    build_file, published_file = files
    with _run(_PUBLISHER, build_file, published_file, event, path_part) as publisher:
        pass
    assert publisher.returncode == -signal.SIGKILL
    assert _read(published_file) in ([("first", 1, _ROWS, _ROWS)], [("killed", 2, _ROWS, _ROWS)])
    _assert_next_publish_works(build_file, published_file)


def test_a_publisher_killed_while_it_copies_leaves_the_old_file(files):
    build_file, published_file = files
    # With so many rows, the copy lasts longer than one pause of the loop below.
    _build(build_file, 2, rows=2_000_000)
    temporary = published_file.with_name(".oi.duckdb.tmp")
    with _run(_PUBLISHER, build_file, published_file, "none", "none") as publisher:
        while publisher.poll() is None and not temporary.exists():
            time.sleep(0.0005)
        publisher.send_signal(signal.SIGKILL)
    assert publisher.returncode == -signal.SIGKILL
    assert temporary.exists()
    assert _read(published_file) == [("first", 1, _ROWS, _ROWS)]
    _build(build_file, 2)
    _assert_next_publish_works(build_file, published_file)


def _assert_next_publish_works(build_file, published_file):
    publish(build_file, published_file, run_id="next")
    assert _read(published_file) == [("next", 2, _ROWS, _ROWS)]
    assert [path.name for path in published_file.parent.iterdir()] == ["oi.duckdb"]


def test_a_second_publisher_fails_at_once_and_keeps_the_old_file(files):
    build_file, published_file = files
    with duckdb.connect(str(build_file)), _run(_PUBLISHER, build_file, published_file, "none", "none") as publisher:
        publisher.wait()
    assert publisher.returncode == 1
    assert _read(published_file) == [("first", 1, _ROWS, _ROWS)]
