"""The dbt project as this process runs it: its folder, the hash of its code, and the call of dbt.

What belongs here: in-process calls of dbt through its public ``dbtRunner``, with targets and logs below ``OIW_HOME``.
What does not: the steps of a build (build.py).
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import get_adapter_by_type
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

from common.errors import WarehouseError
from common.files import replacing
from common.settings import PROJECT_ROOT, Settings

DBT_DIR = PROJECT_ROOT / "dbt_project"

# dbt's manifest of the project as this process parsed it last, by the hash of the project's files.
_PARSED: dict[str, Manifest] = {}

_CODE = ("models", "macros", "seeds", "dbt_project.yml")
_REST = ("tests", "profiles.yml")


def code_sha256(project_dir: Path = DBT_DIR) -> str:
    """Return the SHA-256 of all code that determines the tables: models, macros, seeds, settings."""
    return _files_sha256(project_dir, _CODE, suffixes=(".sql", ".csv", "dbt_project.yml", "_seeds.yml"))


def invoke(
    settings: Settings,
    arguments: Iterable[str],
    *,
    recompute_from: datetime | None = None,
    on_event: Callable[[EventMsg], None] | None = None,
) -> dbtRunnerResult:
    """Run one dbt command on the build file of ``settings``, and release the file also after an error.

    Incremental models replace their rows from ``recompute_from`` on (UTC, naive), or all rows without it. A failed node
    raises no error; it is in the result. This process parses the project again only after one of its files has
    changed. Raises WarehouseError when dbt cannot run, for example because a model does not compile.
    """
    # A command changes the manifest that it gets.
    manifest = _parsed(settings).deepcopy()
    return _run(settings, arguments, manifest, recompute_from=recompute_from, on_event=on_event)


def _run(
    settings: Settings,
    arguments: Iterable[str],
    manifest: Manifest | None,
    *,
    recompute_from: datetime | None = None,
    on_event: Callable[[EventMsg], None] | None = None,
) -> dbtRunnerResult:
    command = [
        *arguments,
        *("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR)),
        *("--target-path", str(_dbt_home(settings) / "target"), "--log-path", str(_dbt_home(settings) / "logs")),
        # dbt returns its results as objects. Logs and JSON artifacts would make a build a fifth slower.
        *("--log-level", "none", "--log-level-file", "none", "--quiet", "--no-write-json"),
    ]
    try:
        with _environment(settings.build_file, recompute_from):
            result = dbtRunner(manifest, callbacks=[on_event] if on_event else []).invoke(command)
    finally:
        # dbt-duckdb keeps its connection open for the next command, and its lock blocks every other process. dbt's
        # reset_adapters does not close it (docs/decisions/0010-dbt-in-process.md).
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt-duckdb has no types here
    if isinstance(result.exception, Exception):
        reason = " ".join(str(result.exception).split())
        raise WarehouseError(f"dbt {command[0]} could not run: {reason}; correct it in {DBT_DIR.name}/")
    if result.exception is not None:
        raise result.exception
    return result


def cancel_queries() -> None:
    """Interrupt the queries that dbt runs in other threads: their nodes fail, and dbt skips the nodes after them."""
    try:
        adapter = get_adapter_by_type("duckdb")  # type: ignore[no-untyped-call]  # dbt-adapters has no types here
    except KeyError:
        # dbt has not run a query yet.
        return
    adapter.cancel_open_connections()


def parse_ahead(settings: Settings) -> None:
    """Parse the project now, which takes seconds, so that the next ``invoke`` of this process starts at once.

    Raises WarehouseError when the project cannot be parsed.
    """
    _parsed(settings)


def load_manifest(settings: Settings) -> dict[str, Any]:
    """Return dbt's manifest of the project; dbt parses the project only if one of its files has changed."""
    path = _dbt_home(settings) / f"manifest.{_project_sha256()[:16]}.json"
    if not path.exists():
        _write_manifest(_parsed(settings), path)
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    return manifest


def _parsed(settings: Settings) -> Manifest:
    """Return the parsed project, which no one may change."""
    key = _project_sha256()
    if key not in _PARSED:
        settings.build_file.parent.mkdir(parents=True, exist_ok=True)
        manifest = _run(settings, ["parse"], None).result
        if not isinstance(manifest, Manifest):
            raise WarehouseError(f"dbt parse returned no manifest; run `dbt parse` in {DBT_DIR.name}/ to see why")
        _PARSED.clear()
        _PARSED[key] = manifest
    return _PARSED[key]


def _write_manifest(manifest: Manifest, path: Path) -> None:
    """Write the manifest to ``path`` in one step, so that no process reads half a file, and remove older ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    older = [other for other in path.parent.glob("manifest.*.json") if other != path]
    with replacing(path) as temporary:
        manifest.writable_manifest().write(str(temporary))
    for other in older:
        other.unlink(missing_ok=True)


def _dbt_home(settings: Settings) -> Path:
    return settings.home / "dbt"


def _project_sha256() -> str:
    return _files_sha256(DBT_DIR, (*_CODE, *_REST))


def _files_sha256(project_dir: Path, names: Iterable[str], suffixes: tuple[str, ...] = ("",)) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in _files(project_dir, names) if path.name.endswith(suffixes)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project_dir).as_posix()}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(project_dir: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        path = project_dir / name
        yield from [path] if path.is_file() else (file for file in path.rglob("*.*") if file.is_file())


@contextmanager
def _environment(build_file: Path, recompute_from: datetime | None) -> Iterator[None]:
    """Set the environment variables that the dbt profile and the macros read, for one command."""
    variables = {"OIW_BUILD_FILE": str(build_file)}
    if recompute_from is not None:
        variables["OIW_RECOMPUTE_FROM"] = recompute_from.isoformat(sep=" ")
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
