"""`make demo` end to end: the simulated exchanges, the whole pipeline on them, and its output."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.settings import PROJECT_ROOT
from sandbox.demo import main
from warehouse.connection import open_read_only

pytestmark = pytest.mark.xdist_group("demo")

APIS = ("binance_um", "binance_cm", "bybit", "okx", "bitget", "gate", "hyperliquid", "deribit")


@dataclass(frozen=True)
class DemoRun:
    """A finished demo: its home, its output on both streams and its exit code."""

    home: Path
    stdout: str
    stderr: str
    exit_code: int


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory) -> DemoRun:
    """The demo of `make demo`, with fewer days."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DAGSTER_"))}
    completed = subprocess.run(
        [sys.executable, "-m", "sandbox.demo", "--home", str(home), "--days", "2"],
        cwd=PROJECT_ROOT,
        env=environment | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    return DemoRun(home, completed.stdout, completed.stderr, completed.returncode)


@pytest.fixture(scope="module")
def published(demo_run):
    assert demo_run.exit_code == 0, demo_run.stderr
    path = demo_run.home / "published" / "oi.duckdb"
    with open_read_only(path, missing="the demo failed") as con:
        yield con


def test_demo_fetches_from_every_exchange_in_three_ticks_and_shows_every_asset(demo_run):
    assert demo_run.exit_code == 0, demo_run.stderr

    for api_id in APIS:
        assert len(re.findall(rf"^{api_id}: ok, ", demo_run.stdout, re.MULTILINE)) == 3, api_id
    assert len(re.findall(r"^run [0-9a-f-]{36}: published ", demo_run.stdout, re.MULTILINE)) == 3
    assert re.findall(r"^  (BTC|ETH|BNB) 1h ", demo_run.stdout, re.MULTILINE) == ["BNB", "BTC", "ETH"]
    assert "All blocking checks passed" in demo_run.stdout
    assert "warehouse/queries/" in demo_run.stdout


def test_the_output_contains_only_results(demo_run):
    assert demo_run.stderr == ""
    assert "dagster" not in demo_run.stdout.lower()
    assert "Traceback" not in demo_run.stdout


def test_every_row_is_labelled_simulated(published):
    assert published.sql("select source_modes from reporting.rpt_publication").fetchall() == [("simulated",)]
    labelled = published.sql(
        "select table_name from information_schema.columns where table_schema = 'core' and column_name = 'source_mode'"
    ).fetchall()
    assert len(labelled) >= 6
    for (table,) in labelled:
        modes = published.sql(f"select distinct source_mode from core.{table}").fetchall()
        assert modes in ([], [("simulated",)]), table


def test_every_venue_has_both_kinds_of_contracts(published):
    assert published.sql("from quality.dq_unmapped_methodology").fetchall() == []
    found = published.sql(
        "select venue, list(distinct settlement order by settlement) from core.fct_open_interest "
        "where not is_quarantined group by venue order by venue"
    ).fetchall()
    both = ["inverse", "linear"]
    assert found == [
        ("binance", both), ("bitget", both), ("bybit", both), ("deribit", both), ("gate", both),
        ("hyperliquid", ["linear"]), ("okx", both),
    ]  # fmt: skip


def test_a_foreign_folder_stays_unchanged(tmp_path, capsys):
    (tmp_path / "published").mkdir()

    assert main(["--home", str(tmp_path)]) == 2

    assert (tmp_path / "published").is_dir()
    assert "is not the demo's" in capsys.readouterr().err
