"""Reading a response row by row, without the rows that cannot be read."""

import pytest
from wire_support import RECEIVED_AT, sample_instruments, sample_of

from common.errors import InputError
from ingestion.api.damaged_rows import each, read_all, read_rows
from ingestion.api.feed import Reading, Response
from ingestion.records import OPEN_INTEREST
from ingestion.venues.catalogue import APIS


def _response(payload):
    return Response(payload, RECEIVED_AT, {})


def _parse(response):
    for row in each(response.payload):
        yield {"symbol": row["symbol"], "stamped_at": row["at"]}
        if row.get("is_bad"):
            raise InputError("bad")


def test_each_damaged_row_is_named_and_the_others_are_read():
    listed = [{"symbol": name, "at": RECEIVED_AT, "is_bad": name in "bd"} for name in "abcde"]
    rows, lines = read_rows(_parse, _response(listed))
    assert [row["symbol"] for row in rows] == ["a", "c", "e"]
    assert len(lines) == 2
    assert all(line.endswith(("}: bad", "...: bad")) for line in lines)


def test_a_label_that_cannot_be_true_is_an_error_of_its_row():
    listed = [{"symbol": "a", "at": RECEIVED_AT}, {"symbol": "b", "at": RECEIVED_AT.replace(year=1970)}]
    rows, (line,) = read_rows(_parse, _response(listed))
    assert [row["symbol"] for row in rows] == ["a"]
    assert line.startswith("b: the time label 1970")


@pytest.mark.parametrize("damaged", [21, 999])
def test_the_sound_rows_are_read_however_many_are_damaged(damaged):
    listed = [{"symbol": "b", "at": RECEIVED_AT, "is_bad": True} for _ in range(damaged)]
    listed[10:10] = [{"symbol": "a", "at": RECEIVED_AT}]
    rows, lines = read_rows(_parse, _response([*listed, {"symbol": "c", "at": RECEIVED_AT}]))
    assert [row["symbol"] for row in rows] == ["a", "c"]
    assert len(lines) == damaged


def test_a_response_without_a_sound_row_is_refused():
    with pytest.raises(InputError, match="bad"):
        read_rows(_parse, _response([{"symbol": "b", "at": RECEIVED_AT, "is_bad": True}]))


def _reading(collector, parse):
    return Reading(collector, OPEN_INTEREST, "instant", parse)


def _refuse(_response):
    raise InputError("no list at levels")


def test_a_reading_of_current_values_that_fails_costs_no_other_reading():
    listed = [{"symbol": "a", "at": RECEIVED_AT}]
    readings = (_reading("bad", _refuse), _reading("good", _parse))
    ((reading, rows),), (line,) = read_all(readings, _response(listed), is_snapshot=True)
    assert (reading.collector, [row["symbol"] for row in rows]) == ("good", ["a"])
    assert line == "no list at levels (bad has no row)"


@pytest.mark.parametrize(("other", "is_snapshot"), [(_parse, False), (_refuse, True)])
def test_a_page_of_history_and_a_response_without_a_reading_are_refused(other, is_snapshot):
    readings = (_reading("bad", _refuse), _reading("other", other))
    with pytest.raises(InputError, match="no list at levels"):
        read_all(readings, _response([{"symbol": "a", "at": RECEIVED_AT}]), is_snapshot=is_snapshot)


def test_a_response_whose_only_row_is_damaged_names_its_contract():
    (api,) = [api for api in APIS if api.api_id == "hyperliquid"]
    (instrument,) = sample_instruments(api)
    (feed,) = [feed for feed in api.feeds if feed.is_bulk]
    sample = sample_of(feed.readings[0].parse)
    del sample[1][0]["funding"]
    response = Response(sample, RECEIVED_AT, {instrument.symbol: instrument})
    ((reading, rows),), (line,) = read_all(feed.readings, response, is_snapshot=True)
    assert (reading.dataset, [row["oi_native"] for row in rows]) == (OPEN_INTEREST, [30000.5])
    assert line.startswith("BTC: no field funding")
