"""`oiw run` from files to query results, each run in its own process: published, blocked, then published again."""

import csv
import gzip
import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from warehouse.connection import open_build

_HEADER = ("timestamp", "symbol", "sum_open_interest", "sum_open_interest_value")
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Done:
    exit_code: int
    out: str
    err: str


@pytest.fixture
def oiw(tmp_path):
    def run_process(*arguments, cwd=None):
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import run; run()", *(str(argument) for argument in arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OIW_HOME": str(tmp_path / "home")},
            cwd=cwd,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run_process


def _write_open_interest(root: Path, coins: list[float], symbol: str = "BTCUSDT") -> None:
    """Write daily open interest in the format of Binance's REST API, at the path of a shipped manifest."""
    path = root / "binance_rest" / f"{symbol}_open_interest_1d.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    first = (datetime.fromisoformat("2025-07-01") - datetime.fromisoformat("1970-01-01")) // _MILLISECOND
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for day, oi_base in enumerate(coins):
            writer.writerow([first + day * 86_400_000, symbol, oi_base, oi_base * 60_000])


def _write_growing(root: Path, *coins: str) -> Path:
    """Write hourly open interest of BTC at the path of a shipped manifest. The last line has no newline."""
    path = root / "binance_rest" / "BTCUSDT_open_interest_1h.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    first = (datetime.fromisoformat("2025-07-01") - datetime.fromisoformat("1970-01-01")) // _MILLISECOND
    rows = [f"{first + hour * 3_600_000},{60_000_000 + hour * 600_000},{value}" for hour, value in enumerate(coins)]
    path.write_text("\n".join(["time,openInterestValue,openInterest", *rows]))
    return path


def _published(oiw):
    done = oiw("sql", "select event_at, oi_base from core.fct_open_interest order by event_at", "-f", "json")
    assert done.exit_code == 0, done.err
    return [row["oi_base"] for row in json.loads(done.out)]


def test_a_run_publishes_then_blocks_then_publishes_again(oiw, tmp_path):
    root = tmp_path / "files"
    _write_open_interest(root, [1000.0, 1010.0, 1020.0])
    run = ("run", "--files-root", root)

    first = oiw(*run)
    assert first.exit_code == 0, first.err
    assert _published(oiw) == [1000.0, 1010.0, 1020.0]
    run_id = json.loads(oiw("status", "--json").out)["last_publish_run_id"]

    _write_open_interest(root, [1000.0, 1010.0, -1020.0])
    blocked = oiw(*run)
    assert blocked.exit_code == 5
    assert "oi_native_is_not_negative" in blocked.err
    assert "-1020.0" in blocked.err
    assert _published(oiw) == [1000.0, 1010.0, 1020.0]
    assert json.loads(oiw("status", "--json").out)["last_publish_run_id"] == run_id

    check = oiw("check", "--new")
    assert check.exit_code == 5
    assert "origin=binance_rest_open_interest_1d:binance_rest/BTCUSDT_open_interest_1d.csv.gz" in check.err
    row = next(line for line in check.err.splitlines() if "oi_native=-1020.0" in line)
    batch_id = row.partition("batch_id=")[2].partition(",")[0]
    assert oiw("reject", batch_id, "--why", "a test").exit_code == 0

    _write_open_interest(root, [1000.0, 1010.0, 1030.0])
    corrected = oiw(*run)
    assert corrected.exit_code == 0, corrected.err
    assert _published(oiw) == [1000.0, 1010.0, 1030.0]

    # The full check also tests rows of earlier builds.
    with open_build(tmp_path / "home" / "build" / "oi_build.duckdb") as con:
        con.execute("update raw.open_interest set price_usd_native = -1 where stamped_at = timestamp '2025-07-01'")
    assert "raw.open_interest.price_usd_native_is_positive" in oiw("check").err


def test_files_that_cannot_be_read_fail_the_run_after_the_rest_is_published(oiw, tmp_path):
    root = tmp_path / "files"
    _write_open_interest(root, [1000.0, 1010.0])
    _write_open_interest(root, [5.0, 6.0, 7.0], "NOSUCHUSDT")
    for symbol in ("ETHUSDT", "BNBUSDT"):
        (root / "binance_rest" / f"{symbol}_open_interest_1d.csv.gz").write_bytes(b"no gzip")
    (root / "binance_rest" / "BTCUSDT_open_interest_2d.csv").write_text("timestamp,symbol,sum_open_interest\n1,A,2\n")
    (root / "binance_rest" / "ETHUSDT_open_interest_2d.csv").write_text("timestamp,symbol,sum_open_interest\n1,A,2\n")
    (root / "report.xlsx").write_bytes(b"a sheet")
    (root / "README.md").write_text("no data")

    done = oiw("run", "--files-root", root)

    assert done.exit_code == 3
    assert _published(oiw) == [1000.0, 1010.0]
    for symbol in ("ETHUSDT", "BNBUSDT"):
        assert f"{symbol}_open_interest_1d.csv.gz: the gzip is broken" in done.err
    assert "2 files could not be read (reasons above)" in done.err
    uncovered = [line for line in done.err.splitlines() if line.startswith("not imported: ")]
    assert len(uncovered) == 2
    by_file = "binance_rest/BTCUSDT_open_interest_2d.csv and 1 more like it: closest is the manifest "
    assert f"{by_file}binance_rest_open_interest_1d: " in uncovered[1]
    assert "this file has no column sum_open_interest_value" in uncovered[1]
    assert "report.xlsx: oiw does not read this format" in uncovered[0]

    # Every row of a file that was read is of an unknown contract: the run and the status say so, and how to see why.
    heading = "3 landed rows count in no total:"
    for out in (done.out, oiw("status").out):
        lines = out[out.index(heading) :].splitlines()[:5]
        assert max(len(line) for line in lines) <= 80
        assert lines[1] == "  unmapped: unknown_instrument 3"
        assert lines[3] == "  binance_rest_open_interest_1d:binance_rest/NOSUCHUSDT_open_interest_1d.csv.gz"
    program, *command = shlex.split(lines[4].removeprefix("why: "))
    assert program == "oiw"
    why = oiw(*command, "--format", "json", cwd=tmp_path)
    assert why.exit_code == 0, why.err
    (row,) = json.loads(why.out)
    assert (row["reason"], row["row_count"], row["symbols"]) == ("unknown_instrument", 3, "NOSUCHUSDT")


def test_a_last_line_that_is_still_written_lands_when_the_file_is_finished(oiw, tmp_path):
    """A recorder flushes a part of its last number: 1020.0 is never read as 10."""
    root = tmp_path / "files"
    path = _write_growing(root, "1000.0", "1010.0", "10")
    run = ("run", "--files-root", root)

    first = oiw(*run)
    assert first.exit_code == 0, first.err
    [waiting] = [line for line in first.err.splitlines() if line.startswith("waiting: ")]
    assert f"{path.name}: the last line is not complete yet (it has no newline); it lands at the next run" in waiting
    assert _published(oiw) == [1000.0, 1010.0]

    # Nothing has changed, and nothing lands.
    second = oiw(*run)
    assert second.exit_code == 0, second.err
    assert "nothing new to publish" in second.out
    assert waiting in second.err.splitlines()

    # The recorder has written the rest, without a newline, and has ended.
    _write_growing(root, "1000.0", "1010.0", "1020.0")
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    third = oiw(*run)
    assert third.exit_code == 0, third.err
    assert "waiting: " not in third.err
    assert _published(oiw) == [1000.0, 1010.0, 1020.0]


@pytest.mark.parametrize("name", ["binance_rest/open_interest.csv", None])
def test_a_root_where_nothing_matches_is_an_error(oiw, tmp_path, name):
    root = tmp_path / "files"
    root.mkdir()
    if name:
        (root / name).parent.mkdir()
        (root / name).write_text("timestamp,sum_open_interest\n1,2\n")

    done = oiw("run", "--files-root", root)

    assert done.exit_code == 3
    expected = "no manifest covers any of the 1 files below" if name else "has no data files"
    assert expected in done.err
    assert not (tmp_path / "home" / "published").exists()
