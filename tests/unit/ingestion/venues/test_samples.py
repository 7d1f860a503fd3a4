"""The sample in the docstring of each parser is what the parser reads."""

import inspect
import json
import re
from functools import partial

import pytest
from wire_support import RECEIVED_AT, read

from common.errors import InputError
from ingestion.api.channel import Kind
from ingestion.api.feed import Response
from ingestion.stream.catalogue import CHANNELS
from ingestion.vendors import VENDORS
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
    followed = [listed for listed in listed_instruments(api) if feed.applies_to(listed)]
    assert any(is_read(reading, sample, instrument) for instrument in followed)


def is_read(reading, sample, instrument):
    """Return whether ``sample`` has rows of ``instrument``. One that names another instrument is refused."""
    try:
        rows = read(reading, sample, instrument)
    except InputError as error:
        if "the response is about" in str(error):
            return False
        raise
    assert {row["symbol"] for row in rows} <= {instrument.symbol, instrument.symbol_native}
    return bool(rows)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_a_parser_of_a_stream_reads_its_sample(channel):
    message = sample_of(channel.parse)
    assert channel.classify(message) is Kind.EVENTS
    assert channel.parse(message)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_parser_of_a_vendor_reads_its_sample(vendor):
    for feed in vendor.feeds:
        for reading in feed.readings:
            rows = list(reading.parse(Response(sample_of(reading.parse), RECEIVED_AT, {})))
            assert {row["symbol"] for row in rows} == {"BTC" if vendor.source != "coinalyze" else "BTCUSDT"}
