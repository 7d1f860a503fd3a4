"""The sample in the docstring of each parser is what the parser reads."""

import copy

import pytest
from wire_support import RECEIVED_AT, function_of, read, sample_instruments, sample_of

from common.errors import InputError
from ingestion.api.channel import Kind
from ingestion.api.damaged_rows import read_rows
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


def lists_of_rows(payload):
    """Yield the lists within ``payload`` whose elements are objects or lists."""
    if isinstance(payload, dict | list):
        if isinstance(payload, list) and payload and all(isinstance(row, dict | list) for row in payload):
            yield payload
        for part in payload.values() if isinstance(payload, dict) else payload:
            yield from lists_of_rows(part)


def damaged_copies(sample):
    """Yield copies of ``sample`` in which one list has its last row twice, the second one with a field of garbage."""
    for place, listed in enumerate(lists_of_rows(sample)):
        for key in range(len(listed[-1])) if isinstance(listed[-1], list) else listed[-1]:
            damaged = copy.deepcopy(sample)
            rows = list(lists_of_rows(damaged))[place]
            rows.append(copy.deepcopy(rows[-1]))
            doubled = copy.deepcopy(damaged)
            rows[-1][key] = {"garbage": []}
            yield doubled, damaged


@pytest.mark.parametrize("name", READINGS)
def test_a_row_that_cannot_be_read_costs_no_other_row(name):
    api, feed, reading = READINGS[name]
    sample = sample_of(reading.parse)
    for listed in filter(feed.applies_to, sample_instruments(api)):
        if not is_read(reading, sample, listed):
            continue
        for doubled, damaged in damaged_copies(sample):
            response = Response(doubled, RECEIVED_AT, {listed.symbol: listed})
            try:
                whole = list(reading.parse(response))
            except InputError:
                # Columns and pairs of lists have one length; a longer list is another format.
                continue
            rows, lines = read_rows(reading.parse, Response(damaged, RECEIVED_AT, {listed.symbol: listed}))
            sound = {row["stamped_at"] for row in rows_of(reading, sample, listed)}
            assert {row["stamped_at"] for row in rows} >= sound
            assert len(rows) >= len(rows_of(reading, sample, listed))
            assert lines or len(rows) == len(whole)
