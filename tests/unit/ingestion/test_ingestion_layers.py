"""The layers of ingestion: adapters fill the shapes of ``api``, engines run adapters, never the reverse."""

import ast
from pathlib import Path

import pytest

import ingestion

ROOT = Path(ingestion.__file__).parent

# What the modules of a package must not import, at any depth.
FORBIDDEN = {
    "api": {"venues", "vendors", "archives", "files", "live", "stream"},
    "venues": {"vendors", "archives", "files", "live", "stream"},
    "vendors": {"venues", "archives", "files", "live", "stream"},
    "archives": {"venues", "vendors", "files", "live", "stream"},
    "files": {"venues", "vendors", "archives", "live", "stream"},
    "live": {"archives", "files", "stream"},
    "stream": {"vendors", "archives", "files", "live"},
}


def imported(path):
    """The packages of ingestion that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        for name in names:
            top, _, rest = name.partition(".")
            if top == "ingestion" and rest:
                yield rest.split(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_of_ingestion_imports_only_those_below_it(package):
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules
    found = {f"{path.relative_to(ROOT)}: {name}" for path in modules for name in imported(path)}
    assert not {line for line in found if line.split(": ")[1] in FORBIDDEN[package]}
