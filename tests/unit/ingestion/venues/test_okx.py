"""OKX: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import json
from datetime import datetime, timedelta

import payloads_okx as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.okx import OKX
from ingestion.venues.okx.instruments import parse_instrument

utc = datetime.fromisoformat

LISTED = {info["instId"]: parse_instrument({"info": info}) for info in documented.SWAPS + documented.FUTURES}
BTC, INVERSE, NEW, DATED = (LISTED[s] for s in ("BTC-USDT-SWAP", "BTC-USD-SWAP", "NEW-USDT-SWAP", "BTC-USD-261225"))
WINDOW = Window(utc("2026-01-01"), utc("2026-01-01 08:20:00"))
SINCE, UNTIL = "1767225599999", "1767255599999"
OPEN_INTEREST = reading_named(OKX, "okx_open_interest")
HISTORY = reading_named(OKX, "okx_open_interest_history")
LIQUIDATIONS = reading_named(OKX, "okx_liquidation_orders")


def first(payload):
    return payload["data"][0]


def first_detail(payload):
    return first(payload)["details"][0]


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def markets(_, query):
    return documented.answer(*{"SWAP": documented.SWAPS, "FUTURES": documented.FUTURES}[query["instType"]])


def test_instruments():
    assert {symbol for symbol, instrument in LISTED.items() if instrument is None} == {"TSLA-USDT-SWAP", "BTC-EUR-SWAP"}
    assert (BTC.symbol_native, BTC.quote, BTC.settle, BTC.settlement) == ("BTC", "USDT", "USDT", "linear")
    assert (BTC.contract_unit, BTC.contract_size, BTC.market_type) == ("base", 0.01, "perpetual")
    assert (BTC.listed_at, BTC.expiry_at, BTC.is_trading) == (utc("2019-11-12 11:16:48"), None, True)
    assert (INVERSE.contract_unit, INVERSE.contract_size, INVERSE.settle) == ("usd", 100.0, "BTC")
    assert (INVERSE.settlement, INVERSE.listed_at, INVERSE.expiry_at) == ("inverse", None, None)
    assert (NEW.contract_size, NEW.is_trading) == (30.0, False)
    assert (DATED.market_type, DATED.expiry_at) == ("dated", utc("2026-12-25 08:00:00"))


@pytest.mark.parametrize("field", ["instType", "uly", "ctType", "instId", "settleCcy", "ctVal", "ctMult", "state"])
def test_an_instrument_without_a_field_is_refused(field):
    info = {key: value for key, value in documented.SWAPS[0].items() if key != field}
    with pytest.raises(InputError, match=field):
        parse_instrument({"info": info})


def test_an_announced_contract_has_no_specification_yet():
    empty = {**documented.SWAPS[0], "state": "preopen", "uly": "", "ctVal": "", "settleCcy": ""}
    assert parse_instrument({"info": empty}) is None
    with pytest.raises(InputError, match="uly"):
        parse_instrument({"info": {**empty, "state": "live"}})


def test_a_future_that_pays_funding_is_perpetual():
    info = documented.instrument(
        "BTC-USD_UM_XPERP-310404",
        "BTC-USD",
        "USD",
        "0.0001",
        instType="FUTURES",
        instFamily="BTC-USD_UM_XPERP",
        ruleType="xperp",
        expTime="1933056000000",
    )
    found = parse_instrument({"info": info})
    assert (found.market_type, found.expiry_at, found.settlement) == ("perpetual", None, "linear")
    # The venue lists it as a future.
    named = {feed.name for feed in OKX.feeds if feed.applies_to(found)}
    assert {"open_interest_futures", "funding_rate", "liquidation_orders"} <= named
    assert "open_interest_swap" not in named
    ((_, _, query),) = sent_by(OKX, feed_named(OKX, "liquidation_orders"), found, WINDOW, documented.LIQUIDATIONS)
    assert (query["instType"], query["instFamily"]) == ("FUTURES", "BTC-USD_UM_XPERP")


def test_markets_of_ccxt_are_read():
    assert instruments_listed(OKX, markets) == {symbol: found for symbol, found in LISTED.items() if found}


def test_open_interest_is_in_base_coins():
    rows = read(OPEN_INTEREST, documented.OPEN_INTEREST, BTC, INVERSE)
    assert without_payload(rows) == [
        {
            "symbol": symbol,
            "stamped_at": utc("2026-01-01 00:00:01.250"),
            "native_field": "oiCcy",
            "oi_native": oi,
            "native_unit": "base",
            "value_usd_native": value_usd,
            "price_usd_native": None,
        }
        for symbol, oi, value_usd in (("BTC-USDT-SWAP", 25000.0, 2.25e9), ("BTC-USD-SWAP", 500.0, 4.5e7))
    ]
    assert rows[0]["payload"]["oi"] == "2500000"
    assert [row["symbol"] for row in read(OPEN_INTEREST, documented.OPEN_INTEREST, INVERSE)] == ["BTC-USD-SWAP"]


def test_history_is_labelled_by_the_start_and_known_at_the_end():
    (row,) = read(HISTORY, documented.OPEN_INTEREST_HISTORY, BTC)
    assert (row["stamped_at"], HISTORY.label_convention, HISTORY.interval_seconds) == (utc("2026-01-01"), "start", 300)
    assert (row["native_field"], row["oi_native"], row["native_unit"]) == ("oiCcy", 25000.0, "base")
    assert row["value_usd_native"] == 2.25e9


@pytest.mark.parametrize(
    ("kind", "payload", "instrument", "expected"),
    [
        ("trade", documented.CANDLES, BTC, (12.5, "base", 1125625.0)),
        ("trade", documented.INVERSE_CANDLES, INVERSE, (12.5, "base", 1125625.0)),
        ("mark", documented.PRICE_CANDLES, BTC, (None, None, None)),
        ("index", documented.PRICE_CANDLES, BTC, (None, None, None)),
    ],
)
def test_candles(kind, payload, instrument, expected):
    (row,) = read(reading_named(OKX, f"okx_candle_{kind}"), payload, instrument)
    assert (row["symbol"], row["stamped_at"], row["price_kind"]) == (instrument.symbol, utc("2026-01-01"), kind)
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [90000.1, 90100.0, 89900.5, 90050.0]
    assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == expected


def test_funding():
    (now,) = read(reading_named(OKX, "okx_funding_rate"), documented.FUNDING, BTC)
    assert (now["stamped_at"], now["rate_native"]) == (utc("2026-01-01 00:00:01.250"), 0.0001)
    assert (now["funding_interval_hours"], now["is_settled"], now["native_unit"]) == (4.0, False, "fraction")
    (settled,) = read(reading_named(OKX, "okx_funding_rate_history"), documented.FUNDING_HISTORY, BTC)
    assert (settled["stamped_at"], settled["rate_native"]) == (utc("2026-01-01"), 0.0001)
    assert (settled["funding_interval_hours"], settled["is_settled"]) == (None, True)


@pytest.mark.parametrize("basis", ["accounts", "top_accounts", "top_positions"])
def test_ratios(basis):
    (row,) = read(reading_named(OKX, f"okx_long_short_{basis}"), documented.RATIO, BTC)
    assert (row["stamped_at"], row["basis"], row["ratio_native"]) == (utc("2026-01-01"), basis, 1.5)
    assert (row["long_native"], row["short_native"], row["native_unit"]) == (None, None, "fraction")


def test_takers_sell_before_they_buy():
    (row,) = read(reading_named(OKX, "okx_taker_volume"), documented.TAKER_VOLUME, BTC)
    assert (row["basis"], row["long_native"], row["short_native"]) == ("taker_flow", 59.5, 40.5)
    assert (row["native_unit"], row["ratio_native"]) == ("base", None)


def test_every_detail_of_a_liquidation_list_is_an_event():
    rows = read(LIQUIDATIONS, documented.LIQUIDATIONS, BTC)
    assert [
        (row["stamped_at"], row["position_side"], row["quantity_native"], row["price_usd_native"]) for row in rows
    ] == [
        (utc("2026-01-01 00:01:00"), "long", 12.5, 89000.5),
        (utc("2026-01-01 00:00:30"), "short", 700.0, 91000.0),
    ]
    assert {(row["native_unit"], row["price_kind"], row["coverage"]) for row in rows} == {
        ("contract", "bankruptcy", "sampled")
    }
    assert len({row["event_id"] for row in rows}) == 2
    assert read(LIQUIDATIONS, documented.LIQUIDATIONS, INVERSE) == []


@given(st.floats(0, 1e15), st.integers(100_000_000_000, 4_000_000_000_000))
def test_numbers_and_labels_survive_exactly(oi, label):
    (row,) = read(HISTORY, documented.answer([str(label), "1", repr(oi), ""]), BTC)
    assert (row["oi_native"], row["value_usd_native"]) == (oi, None)
    assert row["stamped_at"] == utc("1970-01-01") + timedelta(milliseconds=label)


@pytest.mark.parametrize(
    ("collector", "payload", "pick", "needed"),
    [
        ("okx_open_interest", documented.OPEN_INTEREST, first, {"instId", "ts", "oiCcy", "oiUsd"}),
        (
            "okx_funding_rate",
            documented.FUNDING,
            first,
            {"instId", "ts", "fundingRate", "fundingTime", "nextFundingTime"},
        ),
        (
            "okx_funding_rate_history",
            documented.FUNDING_HISTORY,
            first,
            {"instId", "fundingTime", "realizedRate"},
        ),
        ("okx_liquidation_orders", documented.LIQUIDATIONS, first, {"instId", "details"}),
        ("okx_liquidation_orders", documented.LIQUIDATIONS, first_detail, {"bkPx", "side", "sz", "ts"}),
    ],
)
def test_an_answer_without_a_field_is_refused(collector, payload, pick, needed):
    assert needed_fields(reading_named(OKX, collector), payload, pick, BTC) == needed


@pytest.mark.parametrize("collector", sorted({reading.collector for feed in OKX.feeds for reading in feed.readings}))
def test_an_empty_list_has_no_rows_and_another_shape_is_refused(collector):
    reading = reading_named(OKX, collector)
    assert read(reading, documented.answer(), BTC) == []
    for damaged in ({"code": "0", "msg": ""}, {"data": {}}, {"data": [[]]}, [], None):
        with pytest.raises(InputError):
            read(reading, damaged, BTC)


def test_a_number_that_is_none_is_refused():
    for damaged in ("none", "nan", True, []):
        with pytest.raises(InputError, match="expected a number"):
            read(HISTORY, documented.answer(["1767225600000", "1", damaged, "1"]), BTC)


BEFORE_AFTER = {"before": SINCE, "after": UNTIL, "limit": "100"}
BEGIN_END = {"instId": "BTC-USDT-SWAP", "period": "5m", "begin": SINCE, "end": UNTIL, "limit": "100"}


@pytest.mark.parametrize(
    ("feed", "query"),
    [
        ("open_interest_history", BEGIN_END),
        ("candle_trade", {"instId": "BTC-USDT-SWAP", "bar": "5m", **BEFORE_AFTER}),
        ("candle_mark", {"instId": "BTC-USDT-SWAP", "bar": "5m", **BEFORE_AFTER}),
        ("candle_index", {"instId": "BTC-USDT", "bar": "5m", **BEFORE_AFTER}),
        ("funding_rate_history", {"instId": "BTC-USDT-SWAP", **BEFORE_AFTER}),
        ("long_short_accounts", BEGIN_END),
        ("long_short_top_accounts", BEGIN_END),
        ("long_short_top_positions", BEGIN_END),
        ("taker_volume", {**BEGIN_END, "unit": "0"}),
        (
            "liquidation_orders",
            {"instType": "SWAP", "instFamily": "BTC-USDT", "state": "filled", **BEFORE_AFTER, "after": "1767255600000"},
        ),
    ],
)
def test_what_is_asked(feed, query):
    asked = feed_named(OKX, feed)
    assert sent_by(OKX, asked, BTC, WINDOW, documented.RATIO) == [("GET", f"/{asked.path}", query)]
    assert query["limit"] == str(asked.page_rows)


def test_snapshots_are_asked_without_a_window():
    for kind, own, other in (("SWAP", BTC, DATED), ("FUTURES", DATED, BTC)):
        feed = feed_named(OKX, f"open_interest_{kind.lower()}")
        assert sent_by(OKX, feed, answers=documented.OPEN_INTEREST) == [("GET", f"/{feed.path}", {"instType": kind})]
        assert (feed.is_bulk, feed.applies_to(own), feed.applies_to(other)) == (True, True, False)
    feed = feed_named(OKX, "funding_rate")
    assert sent_by(OKX, feed, BTC, answers=documented.FUNDING) == [
        ("GET", f"/{feed.path}", {"instId": "BTC-USDT-SWAP"})
    ]


def test_dated_contracts_have_open_interest_and_candles_only():
    assert {feed.name for feed in OKX.feeds if feed.applies_to(DATED)} == {
        "open_interest_futures",
        "open_interest_history",
        "candle_trade",
        "candle_mark",
        "candle_index",
    }


def recorded(shared_data, name):
    return json.loads((shared_data / "exchange_fixtures" / name).read_text())


def test_recorded_instruments(shared_data):
    found = {
        info["instId"]: parse_instrument({"info": info})
        for name in ("swap", "futures")
        for info in recorded(shared_data, f"nautilus/okx/http_get_instruments_{name}.json")["data"]
        + recorded(shared_data, f"instruments_okx_{name}.json")["response"]["data"]
    }
    assert None not in found.values()
    assert (found["BTC-USDT-SWAP"].contract_size, found["BTC-USD-SWAP"].contract_size) == (0.01, 100.0)
    assert found["BTC-USD-241220"].expiry_at == utc("2024-12-20 08:00:00")


def test_recorded_funding(shared_data):
    payload = recorded(shared_data, "nautilus/okx/http_get_funding_rate_history.json")
    rows = read(reading_named(OKX, "okx_funding_rate_history"), payload, BTC)
    assert [(row["stamped_at"], row["rate_native"]) for row in rows] == [
        (utc("2024-01-01"), 0.00015),
        (utc("2023-12-31 16:00:00"), -0.00002),
    ]


def test_recorded_candles(shared_data):
    payload = recorded(shared_data, "nautilus/okx/http_get_candlesticks.json")
    row = read(reading_named(OKX, "okx_candle_trade"), payload, BTC)[0]
    assert (row["stamped_at"], row["close_usd"]) == (utc("2021-07-01"), 33783.9)
