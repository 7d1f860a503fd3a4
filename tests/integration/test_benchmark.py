"""The benchmark's smoke test: the report has its shape, and the three implementations agree. It tests no times."""

import importlib
import json
import subprocess
import sys

import duckdb
import pytest

from common.settings import PROJECT_ROOT


@pytest.fixture
def compare(monkeypatch):
    # The benchmark is not a part of the installed package.
    monkeypatch.syspath_prepend(PROJECT_ROOT)
    return importlib.import_module("benchmarks.comparison")


def test_quick_benchmark_agrees_and_contains_the_measurements():
    # One run for all assertions: it builds a warehouse.
    command = [sys.executable, "-m", "benchmarks.run", "--quick"]
    process = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    document = json.loads(process.stdout)
    steps, shape = document["steps"], document["shape"]

    assert document["results_agree"] is True
    assert document["max_difference"] <= 1e-9
    for library in ("polars", "pandas"):
        assert set(document["comparison"][library]) == {"venue", "market", "share", "velocity"}
        for output in document["comparison"][library].values():
            assert output["mismatches"] == 0
            assert output["compared_values"] > output["rows"] > 0

    assert list(steps) == [
        "generate",
        "load",
        "build",
        "core",
        "core_from_raw",
        "export",
        "polars",
        "pandas",
        "core_increment",
        "increment",
    ]
    assert all(step["seconds"] > 0 and step["peak_memory_mib"] > 0 for step in steps.values())
    assert steps["generate"]["rows"] == steps["load"]["rows"] == steps["export"]["rows"] == shape["rows"]
    for name in ("core_increment", "increment"):
        assert steps[name]["rows"] == shape["venues"] * shape["assets"]

    assert set(document["core_models"]) < set(steps["build"]["seconds_by_model"])
    for name in ("build", "increment"):
        assert set(steps[name]["share_by_model"]) == set(steps[name]["seconds_by_model"])
        assert sum(steps[name]["share_by_model"].values()) == pytest.approx(1, abs=0.01)
    whole = steps["build"]["seconds"] / steps["core_from_raw"]["seconds"]
    assert document["ratios"]["whole_project_vs_core_metrics"] == pytest.approx(whole)
    ratio = steps["core"]["seconds"] / steps["polars"]["seconds"]
    assert document["ratios"]["core_metrics_vs_polars"] == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("by_hand", "mismatches", "agrees"),
    [
        ("select 0.25 as oi_share_ratio, '5m' as timeframe", 0, True),
        ("select 0.25 + 1e-8 as oi_share_ratio, '5m' as timeframe", 0, False),
        ("select null::double as oi_share_ratio, '5m' as timeframe", 1, False),
        ("select 0.25 as oi_share_ratio, '1h' as timeframe", 6, False),
    ],
    ids=["equal", "a small difference", "a missing value", "another row"],
)
def test_only_equal_results_agree(compare, tmp_path, by_hand, mismatches, agrees):
    rest = """
        'exchanges' as source, 'BTC' as asset, 'okx' as venue, timestamp '2025-01-01' as event_at,
        null::double as oi_share_change_24h_ratio, 0.5 as concentration_ratio
    """
    path = tmp_path / "share.parquet"
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute(f"create table marts.fct_venue_share as select 0.25 as oi_share_ratio, '5m' as timeframe, {rest}")
        con.execute(f"copy ({by_hand}, {rest}) to '{path}'")
        result = compare.compare_output(con, compare.OUTPUTS["share"], path)
    assert result["mismatches"] == mismatches
    assert compare.is_agreed({"share": result}) is agrees
