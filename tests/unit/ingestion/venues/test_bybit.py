"""Bybit: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import json
from datetime import datetime, timedelta

import payloads_bybit as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.bybit.rest_api import BYBIT, parse_instrument

utc = datetime.fromisoformat

LISTED = {info["symbol"]: parse_instrument({"info": info}) for info in documented.LINEAR + documented.INVERSE}
BTCUSDT, PEPE, DATED, BTCUSD = (LISTED[s] for s in ("BTCUSDT", "1000PEPEUSDT", "BTCUSDT-25DEC26", "BTCUSD"))
WINDOW = Window(utc("2026-01-01"), utc("2026-01-02"))
OPEN_INTEREST = reading_named(BYBIT, "bybit_open_interest")
FUNDING_RATE = reading_named(BYBIT, "bybit_funding_rate")
HISTORY = reading_named(BYBIT, "bybit_open_interest_history")


def first(payload):
    return payload["result"]["list"][0]


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def markets(_, query):
    rows = {"linear": documented.LINEAR, "inverse": documented.INVERSE}.get(query.get("category"), [])
    return documented.answer(query.get("category"), [] if "status" in query else rows)


def test_instruments():
    followed = {symbol for symbol, instrument in LISTED.items() if instrument}
    assert followed == {
        "BTCUSDT",
        "BTCPERP",
        "1000PEPEUSDT",
        "BTCUSDT-25DEC26",
        "OLDUSDT",
        "BTCUSD",
        "BTCUSDZ26",
    }
    assert (BTCUSDT.settlement, BTCUSDT.contract_unit, BTCUSDT.contract_size) == ("linear", "base", 1.0)
    assert (BTCUSDT.market_type, BTCUSDT.quote, BTCUSDT.settle) == ("perpetual", "USDT", "USDT")
    assert (BTCUSDT.listed_at, BTCUSDT.expiry_at) == (utc("2020-03-15"), None)
    assert LISTED["BTCPERP"].listed_at is None
    assert PEPE.symbol_native == "1000PEPE"
    assert (DATED.market_type, DATED.expiry_at) == ("dated", utc("2026-12-25 08:00:00"))
    assert (LISTED["OLDUSDT"].expiry_at, LISTED["OLDUSDT"].is_trading) == (None, False)
    assert (BTCUSD.settlement, BTCUSD.contract_unit, BTCUSD.contract_size) == ("inverse", "usd", 1.0)
    assert (BTCUSD.quote, BTCUSD.settle, LISTED["BTCUSDZ26"].market_type) == ("USD", "BTC", "dated")


@pytest.mark.parametrize("field", ["symbol", "baseCoin", "settleCoin", "launchTime", "status"])
def test_an_instrument_without_a_field_is_refused(field):
    info = {key: value for key, value in documented.LINEAR[0].items() if key != field}
    with pytest.raises(InputError, match=field):
        parse_instrument({"info": info})


def test_markets_of_ccxt_are_read():
    assert instruments_listed(BYBIT, markets) == {symbol: found for symbol, found in LISTED.items() if found}


def test_linear_open_interest_takes_the_single_side_where_it_is_stated():
    rows = read(OPEN_INTEREST, documented.LINEAR_TICKERS, BTCUSDT, PEPE, DATED)
    assert without_payload(rows) == [
        {
            "symbol": symbol,
            "stamped_at": utc("2026-01-01 00:00:01.250"),
            "native_field": field,
            "oi_native": oi,
            "native_unit": "base",
            "value_usd_native": value_usd,
            "price_usd_native": price_usd,
        }
        for symbol, field, oi, value_usd, price_usd in (
            ("BTCUSDT", "singleOpenInterest", 25000.0, 2_250_000_000.0, 90000.0),
            ("1000PEPEUSDT", "openInterest", 1000000.0, 4000.0, 0.004),
            ("BTCUSDT-25DEC26", "singleOpenInterest", 100.0, 9_100_000.0, 91000.0),
        )
    ]
    assert rows[0]["payload"]["openInterest"] == "50000.000"


def test_inverse_open_interest_is_usd_and_its_value_in_coins_is_not_taken():
    (row,) = read(OPEN_INTEREST, documented.INVERSE_TICKERS, BTCUSD)
    assert (row["native_field"], row["oi_native"], row["native_unit"]) == ("singleOpenInterest", 1_000_000.0, "usd")
    assert (row["value_usd_native"], row["price_usd_native"]) == (None, 50000.0)


def test_an_empty_single_side_is_not_stated():
    payload = json.loads(json.dumps(documented.LINEAR_TICKERS))
    first(payload)["singleOpenInterest"] = ""
    (row,) = read(OPEN_INTEREST, payload, BTCUSDT)
    assert (row["native_field"], row["oi_native"], row["value_usd_native"]) == ("openInterest", 50000.0, 4.5e9)


def test_current_funding_is_that_of_perpetuals():
    rows = read(FUNDING_RATE, documented.LINEAR_TICKERS, BTCUSDT, PEPE, DATED)
    assert without_payload(rows) == [
        {
            "symbol": symbol,
            "stamped_at": utc("2026-01-01 00:00:01.250"),
            "rate_native": rate,
            "native_unit": "fraction",
            "funding_interval_hours": hours,
            "is_settled": False,
        }
        for symbol, rate, hours in (("BTCUSDT", 0.0001, 8.0), ("1000PEPEUSDT", -0.00005, 4.0))
    ]


def test_a_bulk_answer_speaks_of_followed_symbols_only():
    assert [row["symbol"] for row in read(OPEN_INTEREST, documented.LINEAR_TICKERS, PEPE)] == ["1000PEPEUSDT"]


def test_open_interest_history_names_the_field_it_read():
    assert without_payload(read(HISTORY, documented.OPEN_INTEREST, BTCUSDT)) == [
        {
            "symbol": "BTCUSDT",
            "stamped_at": stamped_at,
            "native_field": field,
            "oi_native": oi,
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": None,
        }
        for stamped_at, field, oi in (
            (utc("2026-01-01 00:05:00"), "singleOpenInterest", 25000.0),
            (utc("2026-01-01 00:00:00"), "openInterest", 49000.0),
        )
    ]


@pytest.mark.parametrize(
    ("payload", "instrument", "expected"),
    [
        (documented.KLINE, BTCUSDT, (12.5, "base", 1125625.0)),
        (documented.INVERSE_KLINE, BTCUSD, (1125625.0, "usd", None)),
    ],
)
def test_candles(payload, instrument, expected):
    (row,) = read(reading_named(BYBIT, "bybit_candle_trade"), payload, instrument)
    assert (row["symbol"], row["stamped_at"]) == (instrument.symbol, utc("2026-01-01"))
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [90000.1, 90100.0, 89900.5, 90050.0]
    assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == expected


@pytest.mark.parametrize("kind", ["mark", "index"])
def test_price_candles_have_no_volume(kind):
    (row,) = read(reading_named(BYBIT, f"bybit_candle_{kind}"), documented.PRICE_KLINE, BTCUSDT)
    assert (row["price_kind"], row["close_usd"]) == (kind, 90050.0)
    assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == (None, None, None)


def test_settled_funding_and_account_ratio():
    (funding,) = read(reading_named(BYBIT, "bybit_funding_rate_history"), documented.FUNDING, BTCUSDT)
    assert (funding["stamped_at"], funding["rate_native"], funding["is_settled"]) == (utc("2026-01-01"), 0.0001, True)
    assert funding["funding_interval_hours"] is None
    (ratio,) = read(reading_named(BYBIT, "bybit_long_short_accounts"), documented.ACCOUNT_RATIO, BTCUSDT)
    assert (ratio["basis"], ratio["long_native"], ratio["short_native"]) == ("accounts", 0.6, 0.4)
    assert (ratio["native_unit"], ratio["ratio_native"]) == ("fraction", None)


@given(st.floats(0, 1e15), st.integers(100_000_000_000, 4_000_000_000_000))
def test_numbers_and_labels_survive_exactly(oi, label):
    rows = [{"openInterest": repr(oi), "timestamp": str(label)}]
    (row,) = read(HISTORY, documented.answer("inverse", rows, symbol="BTCUSD"), BTCUSD)
    assert (row["oi_native"], row["native_unit"]) == (oi, "usd")
    assert row["stamped_at"] == utc("1970-01-01") + timedelta(milliseconds=label)


@pytest.mark.parametrize(
    ("reading", "payload", "instrument", "needed"),
    [
        # Without the single side, the parser takes the row for one from before June 2026, with the other field name.
        (OPEN_INTEREST, documented.LINEAR_TICKERS, BTCUSDT, {"symbol", "singleOpenInterestValue", "markPrice"}),
        (OPEN_INTEREST, documented.INVERSE_TICKERS, BTCUSD, {"symbol", "markPrice"}),
        (FUNDING_RATE, documented.LINEAR_TICKERS, BTCUSDT, {"symbol", "fundingRate", "fundingIntervalHour"}),
        (HISTORY, documented.OPEN_INTEREST, BTCUSDT, {"timestamp"}),
        (
            reading_named(BYBIT, "bybit_funding_rate_history"),
            documented.FUNDING,
            BTCUSDT,
            {"symbol", "fundingRate", "fundingRateTimestamp"},
        ),
        (
            reading_named(BYBIT, "bybit_long_short_accounts"),
            documented.ACCOUNT_RATIO,
            BTCUSDT,
            {"symbol", "buyRatio", "sellRatio", "timestamp"},
        ),
    ],
)
def test_an_answer_without_a_field_is_refused(reading, payload, instrument, needed):
    assert needed_fields(reading, payload, first, instrument) == needed


def test_tickers_without_the_time_of_the_answer_are_refused():
    for reading in (OPEN_INTEREST, FUNDING_RATE):
        assert needed_fields(reading, documented.LINEAR_TICKERS, lambda answer: answer, BTCUSDT) == {"result", "time"}


def test_open_interest_without_any_side_is_refused():
    with pytest.raises(InputError, match="no field openInterest"):
        read(HISTORY, documented.answer("linear", [{"timestamp": "1767225600000"}], symbol="BTCUSDT"), BTCUSDT)


READINGS = {reading.collector: reading for feed in BYBIT.feeds for reading in feed.readings}.values()


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.collector)
@pytest.mark.parametrize("payload", [None, [], {}, {"result": {}}, {"result": {"list": {}}}, {"result": {"list": [7]}}])
def test_another_shape_is_refused(reading, payload):
    with pytest.raises(InputError):
        read(reading, payload, BTCUSDT)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.collector)
def test_an_empty_list_is_no_rows(reading):
    assert read(reading, documented.answer("linear", [], symbol="BTCUSDT"), BTCUSDT) == []


def test_an_answer_about_another_symbol_is_refused():
    for reading, payload in (
        (HISTORY, documented.OPEN_INTEREST),
        (reading_named(BYBIT, "bybit_candle_trade"), documented.KLINE),
        (reading_named(BYBIT, "bybit_funding_rate_history"), documented.FUNDING),
    ):
        with pytest.raises(InputError, match="requested symbol 1000PEPEUSDT, the response is about BTCUSDT"):
            read(reading, payload, PEPE)


ASKED = {"symbol": "BTCUSDT", "category": "linear"}
RANGE = {"startTime": "1767225600000", "endTime": "1767311999999"}
CANDLES = {"interval": "5", "start": "1767225600000", "end": "1767311999999", "limit": "1000"}


@pytest.mark.parametrize(
    ("feed", "query"),
    [
        ("open_interest_history", {**ASKED, **RANGE, "intervalTime": "5min", "limit": "200"}),
        ("candle_trade", {**ASKED, **CANDLES}),
        ("candle_mark", {**ASKED, **CANDLES}),
        ("candle_index", {**ASKED, **CANDLES}),
        ("funding_rate_history", {**ASKED, **RANGE, "limit": "200"}),
        ("long_short_accounts", {**ASKED, **RANGE, "period": "5min", "limit": "500"}),
    ],
)
def test_what_is_asked(feed, query):
    asked = feed_named(BYBIT, feed)
    assert sent_by(BYBIT, asked, BTCUSDT, WINDOW, documented.KLINE) == [("GET", f"/{asked.path}", query)]
    assert query["limit"] == str(asked.page_rows)


def test_the_category_follows_the_settlement():
    for settlement, own, other in (("linear", DATED, BTCUSD), ("inverse", BTCUSD, DATED)):
        feed = feed_named(BYBIT, f"tickers_{settlement}")
        assert sent_by(BYBIT, feed, answers=documented.LINEAR_TICKERS) == [
            ("GET", "/v5/market/tickers", {"category": settlement})
        ]
        assert (feed.is_bulk, feed.applies_to(own), feed.applies_to(other)) == (True, True, False)
    ((_, _, query),) = sent_by(BYBIT, feed_named(BYBIT, "candle_trade"), BTCUSD, WINDOW, documented.INVERSE_KLINE)
    assert (query["category"], query["symbol"]) == ("inverse", "BTCUSD")


def test_dated_contracts_have_no_funding_and_no_ratio():
    assert {feed.name for feed in BYBIT.feeds if not feed.applies_to(DATED)} == {
        "tickers_inverse",
        "funding_rate_history",
        "long_short_accounts",
    }


def recorded(shared_data, name):
    return json.loads((shared_data / "exchange_fixtures/nautilus/bybit" / name).read_text())


def test_recorded_instruments(shared_data):
    found = {
        info["symbol"]: parse_instrument({"info": info})
        for name in ("linear", "inverse", "linear_symbol_type", "inverse_symbol_type")
        for info in recorded(shared_data, f"http_get_instruments_{name}.json")["result"]["list"]
    }
    assert {symbol for symbol, instrument in found.items() if instrument} == {"BTCUSDT", "ETHUSDT", "BTCUSD"}
    assert (found["BTCUSD"].contract_unit, found["ETHUSDT"].settle) == ("usd", "USDT")


def test_recorded_answers(shared_data):
    funding = recorded(shared_data, "http_get_funding_history.json")
    rows = read(reading_named(BYBIT, "bybit_funding_rate_history"), funding, BTCUSDT)
    assert [(row["stamped_at"], row["rate_native"]) for row in rows] == [
        (utc("2024-03-08 08:00:00"), 0.0001),
        (utc("2024-03-08 00:00:00"), 0.00015),
    ]
    (candle,) = read(
        reading_named(BYBIT, "bybit_candle_trade"), recorded(shared_data, "http_get_klines_linear.json"), BTCUSDT
    )
    assert (candle["close_usd"], candle["volume_native"], candle["turnover_usd"]) == (27455.0, 123.45, 3390000.0)


def test_recorded_ticker(shared_data):
    # The stream's snapshot has the fields of the REST row; it was recorded in 2023, before the single side.
    message = recorded(shared_data, "ws_ticker_linear.json")
    payload = documented.answer("linear", [message["data"]])
    (row,) = read(OPEN_INTEREST, payload, BTCUSDT)
    assert (row["native_field"], row["oi_native"], row["value_usd_native"]) == (
        "openInterest",
        68744.761,
        1183601235.91,
    )
    # The venue's own value is the two-sided quantity at the mark price.
    assert row["value_usd_native"] == pytest.approx(row["oi_native"] * row["price_usd_native"], rel=1e-6)
    (funding,) = read(FUNDING_RATE, payload, BTCUSDT)
    assert (funding["rate_native"], funding["funding_interval_hours"]) == (-0.000212, 8.0)
