"""The rules for imports: the packages that each package may import, the users of each library, no circle of folders."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from common.settings import PROJECT_ROOT

# Each package, and the packages of ours that its modules may import, at any depth and in any function. `sandbox` may
# use `common`, as every package may. It shares no code with `ingestion`, so that a mistake cannot hide on both sides.
LAYERS = {
    "common": set(),
    "ingestion": {"common"},
    "warehouse": {"common", "ingestion"},
    "alerts": {"common", "warehouse"},
    "sandbox": {"common"},
    "orchestration": {"common", "ingestion", "warehouse", "alerts"},
    "cli": {"common", "ingestion", "warehouse", "alerts", "orchestration", "sandbox"},
    "docs": {"common", "ingestion", "warehouse"},
    "benchmarks": {"common", "ingestion", "warehouse", "orchestration", "sandbox"},
}
# The same for the folders of `ingestion`: the shapes that adapters fill, the adapters, and the engines that run them.
# All of them may import its modules (records, landing).
INGESTION_LAYERS = {
    "api": set(),
    "files": {"api"},
    "archives": {"api"},
    "venues": {"api"},
    "vendors": {"api"},
    "live": {"api", "venues", "vendors"},
    "stream": {"api", "venues"},
}
# Libraries that only some packages may import.
OWNERS = {
    "duckdb": {"warehouse", "docs", "benchmarks"},
    "dbt": {"warehouse"},
    "dbt_common": {"warehouse"},
    "dagster": {"orchestration"},
    "dagster_dbt": {"orchestration"},
    "ccxt": {"ingestion", "benchmarks"},
}
# A longer file should be looked at again; it need not be split.
LONG_FILE_LINES = 400


def _modules(package: str) -> list[Path]:
    modules = sorted((PROJECT_ROOT / package).rglob("*.py"))
    assert modules
    return modules


def _imports(path: Path) -> Iterator[str]:
    """The modules that a module imports; for `from a import b` both `a` and `a.b`, as `b` may be a module."""
    for node in ast.walk(ast.parse(path.read_text(), path.name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _folder(module: str, root: Path = PROJECT_ROOT) -> str | None:
    """The folder that a module of ours is in, as a dotted name; None for any other name."""
    path = root.joinpath(*module.split("."))
    if path.is_dir():
        return module
    return module.rpartition(".")[0] if path.with_suffix(".py").is_file() else None


def folders_imported(packages: Iterable[str], root: Path = PROJECT_ROOT) -> dict[str, set[str]]:
    """Each folder of ``packages`` with the other folders of theirs that its modules import."""
    packages = set(packages)
    imported: dict[str, set[str]] = {}
    for path in (path for package in packages for path in (root / package).rglob("*.py")):
        folder = ".".join(path.relative_to(root).parent.parts)
        targets = {_folder(name, root) for name in _imports(path) if name.split(".")[0] in packages}
        imported.setdefault(folder, set()).update(targets - {None, folder})
    return imported


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_imports_only_packages_below_it(package):
    found = {
        f"{path.relative_to(PROJECT_ROOT)} imports {name}"
        for path in _modules(package)
        for name in {module.split(".")[0] for module in _imports(path)} & set(LAYERS)
        if name != package and name not in LAYERS[package]
    }
    assert not found


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_imports_only_libraries_that_it_may(package):
    found = {
        f"{path.relative_to(PROJECT_ROOT)} imports {name}"
        for path in _modules(package)
        for name in {module.split(".")[0] for module in _imports(path)} & set(OWNERS)
        if package not in OWNERS[name]
    }
    assert not found


def test_the_list_of_packages_is_complete():
    packages = {path.parent.name for path in PROJECT_ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(LAYERS)


def test_folders_of_ingestion_import_only_folders_below_them():
    found = {
        f"{folder} imports {target}"
        for folder, targets in folders_imported({"ingestion"}).items()
        for target in targets
        if (part := _ingestion_part(target)) not in {None, _ingestion_part(folder)}
        and part not in INGESTION_LAYERS.get(_ingestion_part(folder), set())
    }
    assert not found


def _ingestion_part(folder: str) -> str | None:
    """The entry of ``INGESTION_LAYERS`` for a folder of `ingestion`; None for `ingestion` itself."""
    return [*folder.split("."), None][1]


def test_folders_have_no_circle():
    assert circle(folders_imported(LAYERS)) == []


def test_a_circle_of_folders_is_found(tmp_path):
    for path, text in {
        "top/module.py": "from top.left import module",
        "top/left/module.py": "import top.right.module",
        "top/right/module.py": "def run():\n    from top import module",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert set(circle(folders_imported({"top"}, tmp_path))) == {"top", "top.left", "top.right"}


def circle(imported: dict[str, set[str]]) -> list[str]:
    """Some folders that import each other in a circle, in its order; empty when there is none."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_long_files_are_named():
    """The test warns and never fails, because the right length of a file is a matter of judgement (CONTRIBUTING.md)."""
    folders = (*LAYERS, "tests", "dbt_project")
    files = [
        path
        for folder in folders
        for path in sorted((PROJECT_ROOT / folder).rglob("*"))
        # The files that dbt compiles are in a warehouse's folder and in dbt's target; they do not count.
        if path.suffix in {".py", ".sql"}
        and not {PROJECT_ROOT / "warehouse/data", PROJECT_ROOT / "dbt_project/target"} & set(path.parents)
    ]
    assert files
    for path in files:
        lines = len(path.read_text().splitlines())
        if lines > LONG_FILE_LINES:
            warnings.warn(
                f"{path.relative_to(PROJECT_ROOT)} has {lines} lines; would two files be easier to read?", stacklevel=1
            )
