"""KuCoin: golden rows of documented and damaged responses, and the requests that it sends. No response is recorded."""

from datetime import datetime

import payloads_kucoin as documented
import pytest
from wire_support import RECEIVED_AT, feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.kucoin import KUCOIN

utc = datetime.fromisoformat
LINEAR, INVERSE, DATED = (
    KUCOIN.parse_instrument({"info": info}) for info in (documented.XBTUSDTM, documented.XBTUSDM, documented.XBTMH27)
)
WINDOW = Window(utc("2026-01-01"), utc("2026-01-02"))
FROM_TO = {"from": "1767225600000", "to": "1767311999999"}


def picked(row, **expected):
    return {key: row[key] for key in expected}


def test_instruments():
    # ccxt also requests the coins of the spot market when it loads the contracts.
    answers = {"/api/v1/contracts/active": documented.CONTRACTS}
    listed = instruments_listed(KUCOIN, lambda path, _: answers.get(path, {"code": "200000", "data": []}))
    assert set(listed) == {"XBTUSDTM", "XBTUSDM", "XBTMH27"}
    linear, inverse, dated = (listed[symbol] for symbol in ("XBTUSDTM", "XBTUSDM", "XBTMH27"))
    assert (linear.symbol_native, linear.quote, linear.settle) == ("XBT", "USDT", "USDT")
    assert (linear.settlement, linear.contract_unit, linear.contract_size) == ("linear", "base", 0.001)
    assert (inverse.settlement, inverse.contract_unit, inverse.contract_size) == ("inverse", "usd", 1.0)
    assert (linear.market_type, linear.listed_at, linear.expiry_at) == ("perpetual", utc("2020-03-30 08:00:00"), None)
    assert (dated.market_type, dated.expiry_at) == ("dated", utc("2027-03-26 08:00:00"))
    assert (linear.is_trading, dated.is_trading) == (True, False)
    assert "openInterest" not in linear.payload


def test_a_contract_without_a_multiplier_is_refused():
    with pytest.raises(InputError, match="XBTUSDTM has no multiplier"):
        KUCOIN.parse_instrument({"info": {**documented.XBTUSDTM, "multiplier": None}})


def test_open_interest_of_all_contracts_in_lots():
    rows = read(reading_named(KUCOIN, "kucoin_open_interest"), documented.CONTRACTS, LINEAR, DATED)
    assert [row["symbol"] for row in rows] == ["XBTUSDTM", "XBTMH27"]
    expected = {"stamped_at": RECEIVED_AT, "native_field": "openInterest", "oi_native": 8724443.0}
    expected |= {"native_unit": "contract", "value_usd_native": None, "price_usd_native": 90000.5}
    assert picked(rows[0], **expected) == expected


def test_current_funding_is_the_rate_that_settles_next_and_not_the_prediction():
    rows = read(reading_named(KUCOIN, "kucoin_funding_rate"), documented.CONTRACTS, LINEAR, INVERSE, DATED)
    assert [row["symbol"] for row in rows] == ["XBTUSDTM", "XBTUSDM"]
    assert (rows[0]["rate_native"], rows[0]["funding_interval_hours"], rows[0]["is_settled"]) == (0.0001, 8.0, False)


def test_an_older_answer_states_no_interval():
    row = {key: value for key, value in documented.XBTUSDTM.items() if key != "fundingRateGranularity"}
    (read_row,) = read(reading_named(KUCOIN, "kucoin_funding_rate"), {"data": [row]}, LINEAR)
    assert read_row["funding_interval_hours"] is None


def test_open_interest_history():
    reading = reading_named(KUCOIN, "kucoin_open_interest_history")
    (row,) = read(reading, documented.OPEN_INTEREST_HISTORY, LINEAR)
    assert (row["stamped_at"], row["oi_native"], row["native_unit"]) == (utc("2026-01-01"), 8053960, "contract")


def test_settled_funding():
    (row,) = read(reading_named(KUCOIN, "kucoin_funding_rate_history"), documented.FUNDING_RATES, LINEAR)
    assert (row["stamped_at"], row["rate_native"], row["is_settled"]) == (utc("2026-01-01"), -0.000226, True)


@pytest.mark.parametrize(("kind", "volume", "unit"), [("trade", 78051, "contract"), ("index", None, None)])
def test_candles(kind, volume, unit):
    reading = reading_named(KUCOIN, f"kucoin_candle_{kind}")
    (row,) = read(reading, documented.KLINES, LINEAR)
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [89000.5, 90500, 88000, 90000]
    assert (row["volume_native"], row["native_unit"], row["price_kind"]) == (volume, unit, kind)
    assert (row["stamped_at"], reading.label_convention) == (utc("2026-01-01"), "start")


def test_an_answer_about_another_contract_is_refused():
    with pytest.raises(InputError, match="requested symbol XBTUSDM, the response is about XBTUSDTM"):
        read(reading_named(KUCOIN, "kucoin_open_interest_history"), documented.OPEN_INTEREST_HISTORY, INVERSE)


@pytest.mark.parametrize(
    ("collector", "payload", "needed"),
    [
        ("open_interest", documented.CONTRACTS, {"symbol", "openInterest", "markPrice"}),
        ("funding_rate", documented.CONTRACTS, {"symbol", "fundingFeeRate"}),
        ("open_interest_history", documented.OPEN_INTEREST_HISTORY, {"symbol", "openInterest", "ts"}),
        ("funding_rate_history", documented.FUNDING_RATES, {"symbol", "fundingRate", "timepoint"}),
    ],
)
def test_a_missing_field_is_refused(collector, payload, needed):
    reading = reading_named(KUCOIN, f"kucoin_{collector}")
    assert needed_fields(reading, payload, lambda answer: answer["data"][0], LINEAR) == needed


@pytest.mark.parametrize(
    ("feed", "path", "query"),
    [
        ("contracts", "/api/v1/contracts/active", {}),
        ("open_interest_history", "/api/ua/v1/market/open-interest", {
            "symbol": "XBTUSDTM", "interval": "5min", "startAt": "1767225600000", "endAt": "1767311999999",
            "pageSize": "200"}),
        ("candle_trade", "/api/v1/kline/query", {"symbol": "XBTUSDTM", "granularity": "5", **FROM_TO}),
        ("candle_index", "/api/v1/kline/query", {"symbol": ".KXBTUSDT", "granularity": "5", **FROM_TO}),
        ("funding_rate_history", "/api/v1/contract/funding-rates", {"symbol": "XBTUSDTM", **FROM_TO}),
    ],
)  # fmt: skip
def test_requests(feed, path, query):
    answer = {"code": "200000", "data": []}
    assert sent_by(KUCOIN, feed_named(KUCOIN, feed), LINEAR, WINDOW, answers=answer) == [("GET", path, query)]


def test_dated_contracts_have_no_funding():
    feed = feed_named(KUCOIN, "funding_rate_history")
    assert (feed.applies_to(LINEAR), feed.applies_to(DATED)) == (True, False)
