"""The sample in the docstring of each parser is what the parser reads."""

import inspect
import json
import re
from functools import partial

import pytest
from wire_support import read

from ingestion.venues.catalogue import APIS


def function_of(parser):
    return parser.func if isinstance(parser, partial) else parser


# Each parser once, with the first feed that it reads.
READINGS = {}
for _api in APIS:
    for _feed in _api.feeds:
        for _reading in _feed.readings:
            _function = function_of(_reading.parse)
            _name = f"{_api.api_id} {_function.__module__.removeprefix('ingestion.venues.')}.{_function.__name__}"
            READINGS.setdefault(_name, (_api, _feed, _reading))


def sample_of(parser):
    """Return what the docstring of ``parser`` ends with, after a line that begins with "Sample"; None without one."""
    _, *sample = re.split(r"^Sample.*::$", inspect.getdoc(function_of(parser)) or "", flags=re.MULTILINE)
    return json.loads(sample[0]) if sample else None


def listed_instruments(api):
    """Return the contracts that the samples of ``api``'s list of markets describe: one market or several."""
    sample = sample_of(api.parse_instrument)
    infos = sample if isinstance(sample, list) else [sample]
    return [api.parse_instrument({"info": info, "swap": True}) for info in infos]


@pytest.mark.parametrize("name", READINGS)
def test_a_parser_reads_its_sample(name):
    api, feed, reading = READINGS[name]
    sample = sample_of(reading.parse)
    if sample is None:
        pytest.skip("the parser has no sample yet")
    instrument = next(listed for listed in listed_instruments(api) if listed is not None and feed.applies_to(listed))
    rows = read(reading, sample, instrument)
    assert rows
    assert {row["symbol"] for row in rows} <= {instrument.symbol, instrument.symbol_native}
