"""A search finds each path, collector and method of ccxt in its venue's source: every name is one literal."""

import ast
import asyncio
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from wire_support import sample_instruments

from ingestion.api.feed import Window
from ingestion.stream.catalogue import CHANNELS
from ingestion.venues import catalogue
from ingestion.venues.catalogue import APIS

VENUES = Path(catalogue.__file__).parent
WINDOW = Window(datetime.fromisoformat("2026-01-01 00:00"), datetime.fromisoformat("2026-01-01 01:00"))


class Called(Exception):  # noqa: N818 -- the name of a method, not an error
    """The first method that a request calls."""


class Exchange:
    """Tells the name of the first method that is called."""

    def __getattr__(self, name):
        raise Called(name)


def literals(venue):
    """Return the texts that the modules of ``venue`` contain: one module or a folder."""
    folder = VENUES / venue
    paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [VENUES / f"{venue}.py"]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text()))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return texts | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def method_of(api, feed):
    """Return the method of ccxt that ``feed`` calls first."""
    listed = sample_instruments(api)
    instrument = next((instrument for instrument in listed if feed.applies_to(instrument)), listed[0])
    with pytest.raises(Called) as called:
        asyncio.run(feed.request(Exchange(), instrument, WINDOW))
    return str(called.value)


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.api_id)
def test_names_are_written_in_full(api):
    named = {name for feed in api.feeds for name in (feed.path, *(reading.collector for reading in feed.readings))}
    named.add(api.instrument_collector)
    named |= {channel.collector for channel in CHANNELS if channel.api_id == api.api_id}
    named |= {method_of(api, feed) for feed in api.feeds}
    assert named - literals(api.venue) == set()


def test_the_catalogue_is_imported_without_ccxt():
    code = "import sys, ingestion.venues.catalogue; raise SystemExit('ccxt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
