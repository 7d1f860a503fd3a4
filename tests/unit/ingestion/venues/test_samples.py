"""The sample in the docstring of each parser is what the parser reads."""

import pytest
from wire_support import RECEIVED_AT, function_of, read, sample_instruments, sample_of

from common.errors import InputError
from ingestion.api.channel import Kind
from ingestion.api.feed import Response
from ingestion.stream.catalogue import CHANNELS
from ingestion.vendors import VENDORS
from ingestion.venues.catalogue import APIS

# Each parser once, with the first feed that it reads.
READINGS = {}
for _api in APIS:
    for _feed in _api.feeds:
        for _reading in _feed.readings:
            _function = function_of(_reading.parse)
            _name = f"{_api.api_id} {_function.__module__.removeprefix('ingestion.venues.')}.{_function.__name__}"
            READINGS.setdefault(_name, (_api, _feed, _reading))


@pytest.mark.parametrize("name", READINGS)
def test_a_parser_reads_its_sample(name):
    api, feed, reading = READINGS[name]
    sample = sample_of(reading.parse)
    followed = [listed for listed in sample_instruments(api) if feed.applies_to(listed)]
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
            assert {row["symbol"] for row in rows} <= {"BTC", "BTCUSDT"}
            assert rows
