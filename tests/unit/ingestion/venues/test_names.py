"""A search finds each path, collector and method of ccxt in its venue's source: no name is put together from pieces."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.venues import catalogue
from ingestion.venues.catalogue import APIS

VENUES = Path(catalogue.__file__).parent


def sources(venue):
    """Return the trees of the modules of ``venue``: one module or a folder."""
    folder = VENUES / venue
    paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [VENUES / f"{venue}.py"]
    return [ast.parse(path.read_text()) for path in paths]


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.api_id)
def test_paths_and_collectors_are_written_in_full(api):
    nodes = [node for tree in sources(api.venue) for node in ast.walk(tree)]
    written = {node.value for node in nodes if isinstance(node, ast.Constant)}
    named = {name for feed in api.feeds for name in (feed.path, *(reading.collector for reading in feed.readings))}
    assert named <= written


@pytest.mark.parametrize("venue", sorted({api.venue for api in APIS}))
def test_methods_of_ccxt_are_written_in_full(venue):
    nodes = [node for tree in sources(venue) for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert "getattr" not in {node.func.id for node in calls}
    methods = [node.args[0] for node in calls if node.func.id == "call"]
    assert all(isinstance(method, ast.Constant) for method in methods)


def test_the_catalogue_is_imported_without_ccxt():
    code = "import sys, ingestion.venues.catalogue; raise SystemExit('ccxt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
