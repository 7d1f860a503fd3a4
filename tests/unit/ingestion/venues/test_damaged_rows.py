"""Reading a response row by row, without the rows that cannot be read."""

import pytest
from wire_support import RECEIVED_AT

from common.errors import InputError
from ingestion.api.damaged_rows import each, read_rows
from ingestion.api.feed import Response


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


def test_a_response_with_too_many_damaged_rows_is_refused():
    listed = [
        {"symbol": "a", "at": RECEIVED_AT},
        *({"symbol": "b", "at": RECEIVED_AT, "is_bad": True} for _ in range(21)),
    ]
    with pytest.raises(InputError, match="bad"):
        read_rows(_parse, _response(listed))


def test_a_response_without_a_sound_row_is_refused():
    with pytest.raises(InputError, match="bad"):
        read_rows(_parse, _response([{"symbol": "b", "at": RECEIVED_AT, "is_bad": True}]))
