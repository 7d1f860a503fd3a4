"""The sample in the docstring of each parser is what the parser reads."""

import copy
from dataclasses import replace

import pytest
from wire_support import RECEIVED_AT, function_of, read, sample_instruments, sample_of

from common.errors import InputError
from ingestion.api.channel import Kind
from ingestion.api.damaged_rows import read_rows
from ingestion.api.feed import BAR_SECONDS, Response
from ingestion.api.stated_errors import stated_error
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


@pytest.mark.parametrize("name", READINGS)
def test_a_sample_states_no_error(name):
    api, _, reading = READINGS[name]
    assert stated_error(sample_of(reading.parse), api.ccxt_id) is None


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_sample_of_a_vendor_states_no_error(vendor):
    for feed in vendor.feeds:
        for reading in feed.readings:
            sample = sample_of(reading.parse)
            # Coinglass responds about each asset.
            for body in [sample, *(sample.values() if isinstance(sample, dict) else ())]:
                assert stated_error(body) is None


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


# The parsers of responses about many contracts.
BULK = [name for name, (_, feed, _) in READINGS.items() if feed.is_bulk]
# Fields that the venues added late: without them there is another documented number, or none.
ADDED_LATE = {"singleOpenInterest", "fundingRateGranularity"}
OTHER = "OTHER"


def with_another_contract(payload, symbol):
    """Return ``payload`` with each row of ``symbol`` once more, as a row of the contract OTHER."""
    if isinstance(payload, dict):
        parts = {key: with_another_contract(part, symbol) for key, part in payload.items()}
        return {**parts, OTHER: renamed(parts[symbol], symbol)} if symbol in parts else parts
    if not isinstance(payload, list):
        return payload
    parts = [with_another_contract(part, symbol) for part in payload]
    if is_hyperliquid(payload):
        return [parts[0], [*parts[1], copy.deepcopy(parts[1][-1])]]
    return parts + [renamed(part, symbol) for part in parts if is_about(part, symbol)]


def renamed(row, symbol):
    return {key: OTHER if value == symbol else copy.deepcopy(value) for key, value in row.items()}


def is_about(part, symbol):
    return isinstance(part, dict) and symbol in map(str, part.values())


def is_hyperliquid(payload):
    """Return whether ``payload`` has the names of the contracts in one list and their values in a second one."""
    return isinstance(payload, list) and isinstance(payload[0], dict) and "universe" in payload[0]


def objects_of_the_other(payload):
    """Return the objects in ``payload`` about the contract OTHER."""
    if is_hyperliquid(payload):
        return [payload[0]["universe"][-1], payload[1][-1]]
    parts = payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ()
    return [payload] * is_about(payload, OTHER) + [found for part in parts for found in objects_of_the_other(part)]


def values_of(rows, symbol):
    """Return the rows of ``symbol`` without their payloads, which hold the damage of other contracts' rows too."""
    return [{**row, "payload": None} for row in rows if row["symbol"] == symbol]


@pytest.mark.parametrize("damage", [dict.pop, lambda row, key: row.update({key: {"garbage": []}})])
@pytest.mark.parametrize("name", BULK)
def test_a_missing_or_garbled_field_of_one_contract_costs_no_other_contract(name, damage):
    api, _, reading = READINGS[name]
    sample = sample_of(reading.parse)
    followed = [listed for listed in sample_instruments(api) if is_read(reading, sample, listed)]
    assert followed
    for listed in followed:
        instruments = {listed.symbol: listed, OTHER: replace(listed, symbol=OTHER)}
        whole = with_another_contract(sample, listed.symbol)
        sound, lines = read_rows(reading.parse, Response(whole, RECEIVED_AT, instruments))
        assert lines == []
        assert values_of(sound, OTHER) == [{**row, "symbol": OTHER} for row in values_of(sound, listed.symbol)]
        for place, described in enumerate(objects_of_the_other(whole)):
            for key in described:
                damaged = copy.deepcopy(whole)
                damage(objects_of_the_other(damaged)[place], key)
                rows, lines = read_rows(reading.parse, Response(damaged, RECEIVED_AT, instruments))
                assert values_of(rows, listed.symbol) == values_of(sound, listed.symbol)
                # A wrong value never replaces a damaged one: the row is as before, or it is named.
                assert values_of(rows, OTHER) == values_of(sound, OTHER) or lines or key in ADDED_LATE
                if lines and described[key] != OTHER:
                    assert OTHER in lines[0]
                for row in values_of(rows, OTHER) if lines else ():
                    # The damage was in the list of intervals.
                    assert row["funding_interval_hours"] is None
