"""Bitget: golden rows of documented and damaged responses, and the requests that it sends.

The recorded lists of contracts are from the closed v1 API. They have another shape, so the parser refuses them.
"""

import json
from datetime import datetime, timedelta

import payloads_bitget as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.bitget.rest_api import BITGET, parse_instrument

utc = datetime.fromisoformat

LISTED = {info["symbol"]: parse_instrument({"info": info}) for rows in documented.CONTRACTS.values() for info in rows}
BTC, USDC, INVERSE, DATED = (LISTED[s] for s in ("BTCUSDT", "BTCPERP", "BTCUSD", "BTCUSDZ26"))
WINDOW = Window(utc("2026-01-01"), utc("2026-01-01 16:40:00"))
OPEN_INTEREST = reading_named(BITGET, "bitget_open_interest")


def whole(payload):
    return payload


def first(payload):
    return payload["data"][0]


def first_listed(payload):
    return payload["data"]["list"][0]


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def markets(_, query):
    return documented.answer(documented.CONTRACTS.get(query.get("productType"), []))


def test_instruments():
    assert {symbol for symbol, found in LISTED.items() if found is None} == {"TSLAUSDT", "SBTCSUSDT"}
    assert (BTC.settlement, BTC.settle, BTC.quote, BTC.symbol_native) == ("linear", "USDT", "USDT", "BTC")
    assert (BTC.contract_unit, BTC.contract_size, BTC.market_type) == ("base", 1.0, "perpetual")
    assert (BTC.listed_at, BTC.expiry_at, BTC.is_trading) == (utc("2020-03-15"), None, True)
    assert (LISTED["OLDUSDT"].is_trading, LISTED["OLDUSDT"].listed_at) == (False, None)
    assert (USDC.settlement, USDC.settle) == ("linear", "USDC")
    assert (INVERSE.settlement, INVERSE.settle, INVERSE.contract_unit) == ("inverse", "BTC", "base")
    assert (DATED.market_type, DATED.expiry_at) == ("dated", utc("2026-12-25 08:00:00"))


@pytest.mark.parametrize("field", ["symbol", "baseCoin", "quoteCoin", "symbolType", "symbolStatus"])
def test_an_instrument_without_a_field_is_refused(field):
    info = {key: value for key, value in documented.CONTRACTS["USDT-FUTURES"][0].items() if key != field}
    with pytest.raises(InputError, match=field):
        parse_instrument({"info": info})


def test_markets_of_ccxt_are_read():
    assert instruments_listed(BITGET, markets) == {symbol: found for symbol, found in LISTED.items() if found}


@pytest.mark.parametrize(
    ("payload", "instrument", "oi", "price_usd"),
    [
        (documented.TICKERS, BTC, 25000.5, 90000.0),
        (documented.INVERSE_TICKERS, INVERSE, 125.6844, 29904.5),
    ],
)
def test_open_interest_is_in_base_coins(payload, instrument, oi, price_usd):
    assert without_payload(read(OPEN_INTEREST, payload, instrument)) == [
        {
            "symbol": instrument.symbol,
            "stamped_at": utc("2026-01-01 00:00:00.750"),
            "native_field": "holdingAmount",
            "oi_native": oi,
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": price_usd,
        }
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("trade", (12.5, "base", 1125625.0)), ("mark", (None, None, None)), ("index", (None, None, None))],
)
def test_candles(kind, expected):
    (row,) = read(reading_named(BITGET, f"bitget_candle_{kind}"), documented.CANDLES, BTC)
    assert (row["symbol"], row["stamped_at"], row["price_kind"]) == ("BTCUSDT", utc("2026-01-01"), kind)
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [90000.1, 90100.0, 89900.5, 90050.0]
    assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == expected


def test_funding():
    (now,) = read(reading_named(BITGET, "bitget_funding_rate"), documented.FUNDING, BTC)
    assert (now["stamped_at"], now["rate_native"]) == (utc("2026-01-01 00:00:01.250"), 0.0001)
    assert (now["funding_interval_hours"], now["is_settled"], now["native_unit"]) == (4.0, False, "fraction")
    (settled,) = read(reading_named(BITGET, "bitget_funding_rate_history"), documented.FUNDING_HISTORY, BTC)
    assert (settled["stamped_at"], settled["rate_native"]) == (utc("2026-01-01"), -0.0003)
    assert (settled["funding_interval_hours"], settled["is_settled"]) == (None, True)


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("accounts", documented.ACCOUNTS, ("accounts", 0.58, 0.42)),
        ("positions", documented.POSITIONS, ("top_positions", 0.51, 0.49)),
    ],
)
def test_ratios_are_the_shares_and_not_the_stated_quotient(name, payload, expected):
    (row,) = read(reading_named(BITGET, f"bitget_long_short_{name}"), payload, BTC)
    assert (row["basis"], row["long_native"], row["short_native"]) == expected
    assert (row["stamped_at"], row["native_unit"], row["ratio_native"]) == (utc("2026-01-01"), "fraction", None)


@given(st.floats(0, 1e15), st.integers(100_000_000_000, 4_000_000_000_000))
def test_numbers_and_labels_survive_exactly(oi, label):
    payload = documented.answer([{**documented.ticker("BTCUSDT", repr(oi), ""), "ts": str(label)}])
    (row,) = read(OPEN_INTEREST, payload, BTC)
    assert (row["oi_native"], row["price_usd_native"]) == (oi, None)
    assert row["stamped_at"] == utc("1970-01-01") + timedelta(milliseconds=label)


@pytest.mark.parametrize(
    ("collector", "payload", "pick", "needed"),
    [
        ("bitget_open_interest", documented.TICKERS, first, {"symbol", "ts", "holdingAmount", "markPrice"}),
        ("bitget_funding_rate", documented.FUNDING, first, {"symbol", "fundingRate", "fundingRateInterval"}),
        ("bitget_funding_rate", documented.FUNDING, whole, {"data", "requestTime"}),
        (
            "bitget_funding_rate_history",
            documented.FUNDING_HISTORY,
            first,
            {"symbol", "fundingRate", "fundingTime"},
        ),
        (
            "bitget_long_short_accounts",
            documented.ACCOUNTS,
            first,
            {"longAccountRatio", "shortAccountRatio", "ts"},
        ),
    ],
)
def test_an_answer_without_a_field_is_refused(collector, payload, pick, needed):
    assert needed_fields(reading_named(BITGET, collector), payload, pick, BTC) == needed


@pytest.mark.parametrize("collector", sorted({reading.collector for feed in BITGET.feeds for reading in feed.readings}))
def test_an_empty_list_has_no_rows_and_another_shape_is_refused(collector):
    reading = reading_named(BITGET, collector)
    assert read(reading, documented.answer([]), BTC) == []
    for damaged in ({"code": "00000"}, {"data": "none"}, documented.answer([[]]), []):
        with pytest.raises(InputError):
            read(reading, damaged, BTC)


CONTRACT = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES"}
CANDLES = {
    **CONTRACT,
    "granularity": "5m",
    "startTime": "1767225600000",
    "endTime": "1767285599999",
    "limit": "200",
}


@pytest.mark.parametrize(
    ("feed", "query"),
    [
        ("candle_trade", CANDLES),
        ("candle_mark", CANDLES),
        ("candle_index", CANDLES),
        ("funding_rate", CONTRACT),
        ("funding_rate_history", {**CONTRACT, "pageSize": "100"}),
        ("long_short_accounts", {"symbol": "BTCUSDT", "period": "5m"}),
        ("long_short_positions", {"symbol": "BTCUSDT", "period": "5m"}),
    ],
)
def test_what_is_asked(feed, query):
    asked = feed_named(BITGET, feed)
    window = WINDOW if asked.label_spacing else None
    assert sent_by(BITGET, asked, BTC, window, documented.CANDLES) == [("GET", f"/{asked.path}", query)]


def test_the_product_follows_the_settlement():
    for product, own, other in (("USDT", BTC, USDC), ("USDC", USDC, BTC), ("COIN", INVERSE, USDC)):
        feed = feed_named(BITGET, f"tickers_{product.lower()}")
        query = {"productType": f"{product}-FUTURES"}
        assert sent_by(BITGET, feed, answers=documented.TICKERS) == [("GET", f"/{feed.path}", query)]
        assert (feed.is_bulk, feed.applies_to(own), feed.applies_to(other)) == (True, True, False)
        ((_, _, query),) = sent_by(BITGET, feed_named(BITGET, "candle_trade"), own, WINDOW, documented.CANDLES)
        assert (query["symbol"], query["productType"]) == (own.symbol, f"{product}-FUTURES")


def test_dated_contracts_have_open_interest_and_candles_only():
    assert {feed.name for feed in BITGET.feeds if feed.applies_to(DATED)} == {
        "tickers_coin",
        "candle_trade",
        "candle_mark",
        "candle_index",
    }


def test_recorded_contracts_of_the_closed_api_are_refused(shared_data):
    for name in ("umcbl", "dmcbl"):
        path = shared_data / f"exchange_fixtures/instruments_bitget_{name}.json"
        for info in json.loads(path.read_text())["response"]["data"]:
            with pytest.raises(InputError, match="symbolType"):
                parse_instrument({"info": info})
