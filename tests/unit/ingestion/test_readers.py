"""Readers make a row out of named fields: a field that is not named is None, one that is missing is refused."""

from datetime import datetime

import pytest

from common.errors import InputError
from ingestion.api.readers import hours_between, read_candle, read_funding_rate, read_open_interest, read_ratio
from ingestion.api.rows import candle, funding_rate, long_short_ratio, open_interest

AT = datetime.fromisoformat("2026-01-01")
ROW = {"a": "1", "b": "2", "c": 3, "d": 4.5, "e": "", "f": "6"}
OHLC = ("a", "b", "c", "d")


def test_a_reader_reads_the_named_fields():
    assert read_open_interest("BTC", AT, ROW, "a", "base", value_usd="b", price_usd="c") == open_interest(
        "BTC", AT, ROW, native_field="a", oi_native=1, native_unit="base", value_usd_native=2, price_usd_native=3
    )
    assert read_candle("BTC", AT, ROW, OHLC, volume="f", unit="contract", turnover_usd="b") == candle(
        "BTC", AT, ROW, prices_usd=(1, 2, 3, 4.5), volume_native=6, native_unit="contract", turnover_usd=2
    )
    assert read_funding_rate("BTC", AT, ROW, "d", is_settled=True, hours=8) == funding_rate(
        "BTC", AT, ROW, rate_native=4.5, is_settled=True, funding_interval_hours=8
    )
    assert read_ratio("BTC", AT, ROW, "accounts", ("a", "b"), unit="percent", ratio="c") == long_short_ratio(
        "BTC", AT, ROW, basis="accounts", long_native=1, short_native=2, native_unit="percent", ratio_native=3
    )


def test_a_field_that_is_not_named_or_is_empty_is_none():
    assert read_open_interest("BTC", AT, ROW, "e", "base") == open_interest(
        "BTC", AT, ROW, native_field="e", oi_native=None, native_unit="base"
    )
    assert read_candle("BTC", AT, ROW, OHLC, price_kind="mark") == candle(
        "BTC", AT, ROW, prices_usd=(1, 2, 3, 4.5), price_kind="mark"
    )
    assert read_ratio("BTC", AT, ROW, "accounts", ratio="a") == long_short_ratio(
        "BTC", AT, ROW, basis="accounts", ratio_native=1
    )


@pytest.mark.parametrize(
    "read",
    [
        lambda: read_open_interest("BTC", AT, ROW, "x", "base"),
        lambda: read_open_interest("BTC", AT, ROW, "a", "base", value_usd="x"),
        lambda: read_candle("BTC", AT, ROW, OHLC, volume="x"),
        lambda: read_funding_rate("BTC", AT, ROW, "x", is_settled=False),
        lambda: read_ratio("BTC", AT, ROW, "accounts", ("a", "x")),
    ],
)
def test_a_missing_field_is_refused(read):
    with pytest.raises(InputError, match="no field x"):
        read()


@pytest.mark.parametrize("hours", [None, 0.0, -4.0])
def test_an_interval_of_funding_that_cannot_be_is_unknown(hours):
    row = read_funding_rate("BTC", AT, {"rate": "0.0001"}, "rate", is_settled=False, hours=hours)
    assert (row["rate_native"], row["funding_interval_hours"]) == (0.0001, None)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [("1767240000000", "1767254400000", 4.0), (1767240000, 1767254400, 4.0), ("1767240000000", "", None)],
)
def test_hours_between_two_instants_in_any_unit(begin, end, hours):
    assert hours_between({"begin": begin, "end": end}, "begin", "end") == hours
