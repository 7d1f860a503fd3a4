"""Every arrow points down: which package may import which, and how long a file may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.settings import PROJECT_ROOT

LONGEST_FILE_LINES = 400

# What the modules of a package must not import, at any depth and in any function.
FORBIDDEN = {
    "ingestion": {"duckdb", "dagster", "dagster_dbt", "dbt", "warehouse", "orchestration", "cli", "sandbox"},
    "sandbox": {"ingestion", "warehouse", "orchestration", "cli"},
    "warehouse": {"dagster", "dagster_dbt", "orchestration", "cli", "sandbox"},
    "orchestration": {"cli", "sandbox"},
}
SOURCES = [
    path
    for folder in (
        *FORBIDDEN,
        "cli",
        "benchmarks",
        "tests",
        "dbt_project/models",
        "dbt_project/macros",
        "dbt_project/tests",
    )
    for path in sorted((PROJECT_ROOT / folder).rglob("*"))
    # A warehouse holds what dbt has compiled.
    if path.suffix in {".py", ".sql"} and PROJECT_ROOT / "warehouse/data" not in path.parents
]


def _imports(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(), path.name)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).split(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_imports_only_what_lies_below_it(package):
    modules = sorted((PROJECT_ROOT / package).rglob("*.py"))
    assert modules
    found = {
        f"{path.relative_to(PROJECT_ROOT)} imports {name}"
        for path in modules
        for name in set(_imports(path)) & FORBIDDEN[package]
    }
    assert not found


def test_files_are_short():
    long = {
        str(path.relative_to(PROJECT_ROOT)): lines
        for path in SOURCES
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE_LINES
    }
    assert not long
