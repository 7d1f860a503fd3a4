"""Bybit's responses: both sides, pages from the newest row backward, the change of methodology."""

import pytest
from exchange_support import BEGINS_AT, DAY, NOON, ms


def listing(response):
    assert response["retCode"] == 0
    return response["result"]["list"]


def test_instruments_of_a_category_with_their_real_names(venues):
    def names(**asked):
        return {row["symbol"]: row for row in listing(venues.get("bybit", "/v5/market/instruments-info", **asked))}

    linear, inverse = names(category="linear"), names(category="inverse")

    assert {symbol: row["contractType"] for symbol, row in linear.items()} == {
        "BTCUSDT": "LinearPerpetual",
        "BTCUSDT-25DEC26": "LinearFutures",
        "1000PEPEUSDT": "LinearPerpetual",
    }
    assert {symbol: row["settleCoin"] for symbol, row in inverse.items()} == {"BTCUSD": "BTC", "BTCUSDZ26": "BTC"}
    assert names(category="linear", status="PreLaunch") == {}


def test_open_interest_counts_both_sides(venues):
    def ticker(category, symbol):
        return listing(venues.get("bybit", "/v5/market/tickers", category=category, symbol=symbol))[0]

    linear, inverse = ticker("linear", "BTCUSDT"), ticker("inverse", "BTCUSD")

    assert float(linear["openInterest"]) == 2 * 84_320
    assert float(linear["singleOpenInterest"]) == 84_320
    assert float(linear["openInterestValue"]) == 2 * 84_320 * 100_434
    assert float(inverse["openInterest"]) == 2 * 84_320 * 100_434
    assert float(inverse["singleOpenInterest"]) == 84_320 * 100_434
    assert float(inverse["openInterestValue"]) == 2 * 84_320


def test_single_open_interest_came_with_the_change_of_methodology(venues):
    asked = {"category": "linear", "symbol": "BTCUSDT"}
    venues.clock.now = BEGINS_AT + DAY - 1

    (before,) = listing(venues.get("bybit", "/v5/market/tickers", **asked))
    (row,) = listing(venues.get("bybit", "/v5/market/open-interest", **asked, intervalTime="5min", limit=1))

    assert "singleOpenInterest" not in before | row
    assert float(row["openInterest"]) == 2 * (80_000 + 10 * 287)


def test_open_interest_history_is_paged_backward_by_cursor(venues):
    asked = {"category": "inverse", "symbol": "BTCUSD", "intervalTime": "1h"}
    first = venues.get("bybit", "/v5/market/open-interest", **asked, limit=30)["result"]
    second = venues.get("bybit", "/v5/market/open-interest", **asked, limit=30, cursor=first["nextPageCursor"])[
        "result"
    ]

    stamps = [int(row["timestamp"]) for row in first["list"] + second["list"]]
    assert stamps == [ms(NOON - 3600 * hours) for hours in range(37)]
    assert second["nextPageCursor"] == ""
    assert float(second["list"][-1]["openInterest"]) == 2 * 80_000 * 100_002


def test_klines_are_newest_first_and_inverse_ones_trade_usd(venues):
    def rows(category, symbol, kind="kline"):
        asked = {"category": category, "symbol": symbol, "interval": "5", "start": ms(NOON - 600), "end": ms(NOON - 1)}
        return [[float(value) for value in row] for row in listing(venues.get("bybit", f"/v5/market/{kind}", **asked))]

    linear, inverse = rows("linear", "BTCUSDT"), rows("inverse", "BTCUSD")

    assert linear[0] == pytest.approx([ms(NOON - 300), 100_431, 100_432, 100_431, 100_432, 100, 10_043_150])
    assert [row[0] for row in linear] == [ms(NOON - 300), ms(NOON - 600)]
    assert inverse[0][5:] == pytest.approx([10_043_150, 100])
    assert rows("linear", "BTCUSDT", "mark-price-kline")[0] == [ms(NOON - 300), 100_433, 100_434, 100_433, 100_434]
    assert rows("linear", "BTCUSDT", "index-price-kline")[0] == [ms(NOON - 300), 100_430, 100_431, 100_430, 100_431]


def test_a_start_alone_gives_the_bars_from_there(venues):
    asked = {"category": "linear", "symbol": "BTCUSDT", "interval": "5", "start": ms(BEGINS_AT), "limit": 3}

    stamps = [int(row[0]) for row in listing(venues.get("bybit", "/v5/market/kline", **asked))]

    assert stamps == [ms(BEGINS_AT + 300 * bar) for bar in (2, 1, 0)]


def test_funding_and_ratios(venues):
    asked = {"category": "linear", "symbol": "BTCUSDT"}
    settled = listing(venues.get("bybit", "/v5/market/funding/history", **asked, limit=2))
    (ratio,) = listing(venues.get("bybit", "/v5/market/account-ratio", **asked, period="5min", limit=1))
    refused = venues.get("bybit", "/v5/market/funding/history", **asked, startTime=ms(BEGINS_AT))

    assert [int(row["fundingRateTimestamp"]) for row in settled] == [ms(NOON - 4 * 3600), ms(NOON - 12 * 3600)]
    assert float(settled[0]["fundingRate"]) == pytest.approx(0.000104)
    assert (ratio["buyRatio"], ratio["sellRatio"], ratio["timestamp"]) == ("0.6", "0.4", str(ms(NOON)))
    assert refused["retCode"] == 10001


def test_a_symbol_of_another_category_is_an_error(venues):
    asked = {"category": "inverse", "symbol": "BTCUSDT", "intervalTime": "5min"}

    assert venues.get("bybit", "/v5/market/open-interest", **asked)["retCode"] == 10001
