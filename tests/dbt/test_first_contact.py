"""A dbt engineer's first commands work in `dbt_project/` without a variable, and say what to do where they cannot."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.settings import DEFAULT_HOME, PROJECT_ROOT, Settings

pytestmark = pytest.mark.xdist_group("dbt_empty_warehouse")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project in a checkout of its own, whose folder of the build file is as `make setup` leaves it."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(PROJECT_ROOT / "dbt_project", root / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    _build_file(root).parent.mkdir(parents=True)
    return root


@pytest.fixture
def built(clone: Path, empty_warehouse: Settings) -> Path:
    """The checkout with a build file at the place that `oiw` uses when it is told nothing."""
    shutil.copy(empty_warehouse.build_file, _build_file(clone))
    return clone


def test_parse(clone):
    _dbt(clone, "parse")
    assert "model.oi_warehouse.fct_oi_velocity" in _artifact(clone, "manifest")["nodes"]


def test_ls(clone):
    done = _dbt(clone, "ls", "--quiet", "--select", "market", "--resource-type", "model")
    assert "oi_warehouse.market.fct_oi_velocity" in done.stdout.splitlines()


def test_build_of_one_model_builds_and_tests_it_alone(built):
    _dbt(built, "build", "--select", "fct_oi_velocity")
    status = {result["unique_id"]: result["status"] for result in _artifact(built, "run_results")["results"]}
    models = [unique_id for unique_id in status if unique_id.startswith("model.")]
    assert models == ["model.oi_warehouse.fct_oi_velocity"]
    assert set(status.values()) == {"success", "pass"}
    assert any(unique_id.startswith("unit_test.") for unique_id in status)


def test_docs_generate(built):
    _dbt(built, "docs", "generate")
    catalog = _artifact(built, "catalog")["nodes"]["model.oi_warehouse.fct_oi_velocity"]
    assert "velocity_zscore" in catalog["columns"]
    assert (built / "dbt_project/target/index.html").is_file()


def test_docs_generate_without_loaded_data(clone):
    _build_file(clone).unlink(missing_ok=True)
    _dbt(clone, "docs", "generate")
    assert "model.oi_warehouse.fct_oi_velocity" in _artifact(clone, "manifest")["nodes"]
    assert (clone / "dbt_project/target/index.html").is_file()


def test_build_without_loaded_data_says_what_to_run_first(clone):
    _build_file(clone).unlink(missing_ok=True)
    done = _dbt(clone, "build", "--select", "fct_oi_velocity", fails=True)
    assert "oi_build.duckdb holds no loaded data: run `oiw live --ticks 1` or `oiw run" in done.stdout


def _build_file(root: Path) -> Path:
    return Settings(home=root / DEFAULT_HOME.relative_to(PROJECT_ROOT)).build_file


def _dbt(root: Path, *arguments: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments],
        cwd=root / "dbt_project",
        env={name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DBT_"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done


def _artifact(root: Path, name: str) -> dict:
    return json.loads((root / f"dbt_project/target/{name}.json").read_text())
