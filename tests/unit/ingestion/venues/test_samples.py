"""The sample in the docstring of each parser is what the parser reads."""

import pytest
from wire_support import RECEIVED_AT, function_of, read, sample_instruments, sample_of

from common.errors import InputError
from ingestion.api.channel import Kind
from ingestion.api.feed import BAR_SECONDS, Response
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


@pytest.mark.parametrize("name", READINGS)
def test_rows_without_a_fixed_distance_have_no_interval_of_a_bar(name):
    api, _, reading = READINGS[name]
    sample = sample_of(reading.parse)
    rows = [row for listed in sample_instruments(api) for row in rows_of(reading, sample, listed)]
    assert rows
    if any("event_id" in row or row.get("is_settled") for row in rows):
        assert reading.interval_seconds != BAR_SECONDS


def rows_of(reading, sample, instrument):
    """Return the rows of ``instrument`` in ``sample``: none if the sample is about another one."""
    try:
        return read(reading, sample, instrument)
    except InputError as error:
        if "the response is about" in str(error):
            return []
        raise


def is_read(reading, sample, instrument):
    """Return whether ``sample`` has rows of ``instrument``."""
    rows = rows_of(reading, sample, instrument)
    assert {row["symbol"] for row in rows} <= {instrument.symbol, instrument.symbol_native}
    return bool(rows)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_a_parser_of_a_stream_reads_its_sample(channel):
    message = sample_of(channel.events)
    assert channel.classify(message) is Kind.EVENTS
    assert [channel.read(event) for event in channel.events(message)]


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_parser_of_a_vendor_reads_its_sample(vendor):
    for feed in vendor.feeds:
        for reading in feed.readings:
            rows = list(reading.parse(Response(sample_of(reading.parse), RECEIVED_AT, {})))
            assert {row["symbol"] for row in rows} <= {"BTC", "BTCUSDT"}
            assert rows
