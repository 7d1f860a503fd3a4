"""The project's own generic dbt tests, each on rows that must pass and on rows that must not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from common.settings import PROJECT_ROOT

pytestmark = pytest.mark.xdist_group("dbt_generic_tests")

RECOMPUTE_FROM = "2025-01-03 12:00:00"
BEFORE = "timestamp '2025-01-02 00:00:00'"
INSIDE = "timestamp '2025-01-02 00:05:00'"

ROWS = "expect_sound_rows"
# Per case: the generic test, its arguments, what is declared of the first column, the rows, and the failing rows.
# A test of a column is one of the first column.
CASES = {
    "grain_unique": (ROWS, {"key": "a, b"}, {}, "(1, 1), (1, 2)", 0),
    "grain_duplicate": (ROWS, {"key": "a, b"}, {}, "(1, 1), (1, 1), (2, 1)", 1),
    "grain_null": (ROWS, {"key": "a, b"}, {}, "(1, 1), (1, null)", 1),
    "grain_null_allowed": (ROWS, {"key": "a, b", "nullable": "b"}, {}, "(1, 1), (1, null)", 0),
    "grain_null_twice": (ROWS, {"key": "a, b", "nullable": "b"}, {}, "(1, null), (1, null)", 1),
    "between_inside": (ROWS, {"key": "b"}, {"minimum": 0, "maximum": 1}, "(0.0, 1), (1.0, 2), (null, 3)", 0),
    "between_below": (ROWS, {"key": "b"}, {"minimum": 0, "maximum": 1}, "(-1e-9, 1), (0.5, 2)", 1),
    "between_above": (ROWS, {"key": "b"}, {"minimum": 0, "maximum": 1}, "(1.000001, 1), ('inf'::double, 2)", 2),
    "between_minimum_only": (ROWS, {"key": "b"}, {"minimum": 1}, "(1, 1), (900, 2), (0, 3)", 1),
    "between_maximum_only": (ROWS, {"key": "b"}, {"maximum": 1}, "(-900, 1), (2, 2)", 1),
    "values_declared": (ROWS, {"key": "b"}, {"values": ["up", "down"]}, "('up', 1), ('down', 2), (null, 3)", 0),
    "values_undeclared": (ROWS, {"key": "b"}, {"values": ["up", "down"]}, "('up', 1), ('Up', 2), ('', 3)", 2),
    "values_of_numbers": (ROWS, {"key": "b"}, {"values": [1, 2]}, "(1, 1), (2, 2), (3, 3)", 1),
    "null_without_known": (ROWS, {"key": "b", "nullable": "b"}, {"null_without": ["b"]}, "(false, null), (true, 1)", 1),
    "null_without_nothing": (ROWS, {"key": "b", "nullable": "b"}, {"null_without": ["b"]}, "(null, null)", 0),
    "null_without_expression": (
        ROWS,
        {"key": "b"},
        {"null_without": ["case b when 1 then null else 0 end"]},
        "(false, 1), (null, 2), (true, 3)",
        1,
    ),
    "finite": (ROWS, {"key": "b"}, "double", "(1.5::double, 1), (null, 2)", 0),
    "infinite": (ROWS, {"key": "b"}, "double", "('inf'::double, 1), ('-inf'::double, 2), (1, 3)", 2),
    "not_a_number": (ROWS, {"key": "b"}, "double", "('nan'::double, 1), (1, 3)", 1),
    "broken_twice_is_one_row": (ROWS, {"key": "b"}, {"maximum": 1, "values": [1]}, "(2, 1), (1, 2)", 1),
    "share_sum_whole": ("expect_share_sum", {"per": ["b"]}, {}, "(0.25, 1), (0.75, 1), (1.0, 2), (null, 3)", 0),
    "share_sum_short": ("expect_share_sum", {"per": ["b"]}, {}, "(0.25, 1), (0.74, 1), (1.0, 2)", 1),
    "share_sum_rounding": ("expect_share_sum", {"per": ["b"]}, {}, "(1.0000000001, 1), (1.00000001, 2)", 1),
    "share_sum_tolerance": ("expect_share_sum", {"per": ["b"], "tolerance": 0.1}, {}, "(0.95, 1)", 0),
    # An incremental build looks only at what it may have changed: from the day before OIW_RECOMPUTE_FROM on.
    "window_duplicate_before": (ROWS, {"key": "a"}, {}, f"(1, {BEFORE}), (1, {BEFORE})", 0),
    "window_duplicate_inside": (ROWS, {"key": "a"}, {}, f"(1, {INSIDE}), (1, {INSIDE}), (2, {BEFORE})", 1),
    "window_range_before": (ROWS, {"key": "a"}, {"maximum": 1}, f"(1, {INSIDE}), (2, {BEFORE})", 0),
}


def _model(name: str) -> dict:
    test, arguments, declared, _, _ = CASES[name]
    tests = {"data_tests": [{test: {"name": f"test_{name}", "arguments": arguments}}]}
    rule = {"data_type": declared} if declared == "double" else {"config": {"meta": declared}}
    column = {"name": "a"} | rule
    if test == "expect_share_sum":
        return {"name": name, "columns": [column | tests]}
    return {"name": name, "columns": [column]} | tests


@pytest.fixture(scope="module")
def failures(tmp_path_factory) -> dict[str, int]:
    """Failing rows by case, after one dbt run of all of them with the project's own generic tests."""
    root: Path = tmp_path_factory.mktemp("generic")
    models = root / "models"
    models.mkdir()
    (root / "tests").mkdir()
    (root / "macros").mkdir()
    (root / "tests/generic").symlink_to(PROJECT_ROOT / "dbt_project/tests/generic")
    (root / "seeds").mkdir()
    (root / "seeds/window.csv").symlink_to(PROJECT_ROOT / "dbt_project/seeds/window.csv")
    for macro in ("tested.sql", "incremental.sql", "declared_rules.sql", "window.sql", "seed_rows.sql"):
        (root / "macros" / macro).symlink_to(PROJECT_ROOT / "dbt_project/macros" / macro)
    (root / "dbt_project.yml").write_text(
        yaml.safe_dump({"name": "generic", "profile": "generic", "flags": {"send_anonymous_usage_stats": False}})
    )
    output = {"type": "duckdb", "path": str(root / "generic.duckdb")}
    (root / "profiles.yml").write_text(yaml.safe_dump({"generic": {"target": "t", "outputs": {"t": output}}}))
    (models / "_models.yml").write_text(yaml.safe_dump({"models": [_model(name) for name in CASES]}))
    for name, (*_, rows, _) in CASES.items():
        is_windowed = name.startswith("window_")
        config = "{{ config(materialized='incremental') }}" if is_windowed else ""
        second = "event_at" if is_windowed else "b"
        (models / f"{name}.sql").write_text(f"{config} select * from (values {rows}) as rows (a, {second})")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "dbt.cli.main",
            "build",
            "--project-dir",
            root,
            "--profiles-dir",
            root,
            "--no-use-colors",
        ],
        env={**os.environ, "OIW_RECOMPUTE_FROM": RECOMPUTE_FROM},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    results = json.loads((root / "target/run_results.json").read_text())["results"]
    found = {result["unique_id"].split(".")[2]: result for result in results}
    assert all(f"test_{name}" in found for name in CASES), run.stdout
    assert {result["status"] for result in results} == {"success", "pass", "fail"}, run.stdout
    return {name: found[f"test_{name}"]["failures"] for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_generic_test_finds_the_rows_that_break_it_and_no_others(name, failures):
    assert failures[name] == CASES[name][-1]
