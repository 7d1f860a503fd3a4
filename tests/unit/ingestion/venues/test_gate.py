"""Gate: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import json
from datetime import datetime, timedelta

import payloads_gate as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import RECEIVED_AT, feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.gate.rest_api import GATE, parse_instrument

utc = datetime.fromisoformat

LISTED = {
    info["name"]: parse_instrument({"info": info})
    for listed in (documented.PERPETUALS, documented.DELIVERIES)
    for rows in listed.values()
    for info in rows
}
BTC, NEW, INVERSE, DATED = (LISTED[s] for s in ("BTC_USDT", "NEW_USDT", "BTC_USD", "BTC_USDT_20261225"))
WINDOW = Window(utc("2026-01-01"), utc("2026-01-01 01:00:00"))
OPEN_INTEREST = reading_named(GATE, "gate_open_interest")
FUNDING_RATE = reading_named(GATE, "gate_funding_rate")
HISTORY = reading_named(GATE, "gate_open_interest_history")
LIQUIDATIONS = reading_named(GATE, "gate_liquidation_orders")


def first(payload):
    return payload[0]


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def markets(path, _):
    *_, family, settle, _ = path.split("/")
    return (documented.PERPETUALS if family == "futures" else documented.DELIVERIES).get(settle, [])


def test_instruments():
    assert {symbol for symbol, found in LISTED.items() if found is None} == {"TSLA_USDT", "ETH_USD"}
    assert (BTC.settlement, BTC.settle, BTC.quote, BTC.symbol_native) == ("linear", "USDT", "USDT", "BTC")
    assert (BTC.contract_unit, BTC.contract_size, BTC.market_type) == ("base", 0.0001, "perpetual")
    assert (BTC.listed_at, BTC.expiry_at, BTC.is_trading) == (utc("2020-03-15"), None, True)
    assert (NEW.contract_size, NEW.listed_at, NEW.is_trading) == (10.0, None, False)
    assert (INVERSE.settlement, INVERSE.settle, INVERSE.quote) == ("inverse", "BTC", "USD")
    assert (INVERSE.contract_unit, INVERSE.contract_size) == ("usd", 1.0)
    assert (DATED.market_type, DATED.expiry_at, DATED.listed_at) == ("dated", utc("2026-12-25 08:00:00"), None)


@pytest.mark.parametrize("field", ["name", "quanto_multiplier"])
def test_an_instrument_without_a_field_is_refused(field):
    info = {key: value for key, value in documented.PERPETUALS["usdt"][0].items() if key != field}
    with pytest.raises(InputError, match=field):
        parse_instrument({"info": info})


def test_markets_of_ccxt_are_read():
    assert instruments_listed(GATE, markets) == {symbol: found for symbol, found in LISTED.items() if found}


@pytest.mark.parametrize(
    ("payload", "instrument", "oi", "price_usd"),
    [
        (documented.TICKERS, BTC, 3e8, 60000.0),
        (documented.INVERSE_TICKERS, INVERSE, 4.5e7, 90000.0),
        (documented.DELIVERY_TICKERS, DATED, 1000.0, 91000.0),
    ],
)
def test_open_interest_is_in_contracts_and_stamped_when_it_arrives(payload, instrument, oi, price_usd):
    assert without_payload(read(OPEN_INTEREST, payload, instrument)) == [
        {
            "symbol": instrument.symbol,
            "stamped_at": RECEIVED_AT,
            "native_field": "total_size",
            "oi_native": oi,
            "native_unit": "contract",
            "value_usd_native": None,
            "price_usd_native": price_usd,
        }
    ]


def test_statistics_hold_open_interest_liquidations_and_ratios():
    assert without_payload(read(HISTORY, documented.STATS, BTC)) == [
        {
            "symbol": "BTC_USDT",
            "stamped_at": utc("2026-01-01"),
            "native_field": "open_interest",
            "oi_native": 3e8,
            "native_unit": "contract",
            "value_usd_native": 1800000000.5,
            "price_usd_native": 60000.0,
        }
    ]
    assert without_payload(read(reading_named(GATE, "gate_liquidation_sums"), documented.STATS, BTC)) == [
        {
            "symbol": "BTC_USDT",
            "stamped_at": utc("2026-01-01"),
            "long_native": 1200.0,
            "short_native": 0.0,
            "native_unit": "contract",
            "coverage": "aggregate",
        }
    ]
    for basis, ratio in (("accounts", 1.5), ("top_accounts", 1.25), ("top_positions", 1.1), ("taker_flow", 0.75)):
        (row,) = read(reading_named(GATE, f"gate_long_short_{basis}"), documented.STATS, BTC)
        assert (row["basis"], row["ratio_native"], row["stamped_at"]) == (basis, ratio, utc("2026-01-01"))
        assert (row["long_native"], row["short_native"]) == (None, None)


@pytest.mark.parametrize(
    ("kind", "payload", "instrument", "expected"),
    [
        ("trade", documented.CANDLES, BTC, (125000.0, "contract", 1125625.0)),
        ("trade", documented.CANDLES, INVERSE, (125000.0, "contract", None)),
        ("mark", documented.PRICE_CANDLES, BTC, (None, None, None)),
        ("index", documented.PRICE_CANDLES, INVERSE, (None, None, None)),
    ],
)
def test_candles(kind, payload, instrument, expected):
    (row,) = read(reading_named(GATE, f"gate_candle_{kind}"), payload, instrument)
    assert (row["symbol"], row["stamped_at"], row["price_kind"]) == (instrument.symbol, utc("2026-01-01"), kind)
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [90000.1, 90100.0, 89900.5, 90050.0]
    assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == expected


def test_funding():
    (now,) = read(FUNDING_RATE, documented.TICKERS, BTC)
    assert (now["stamped_at"], now["rate_native"], now["native_unit"]) == (RECEIVED_AT, 0.0001, "fraction")
    assert (now["funding_interval_hours"], now["is_settled"]) == (8.0, False)
    (settled,) = read(reading_named(GATE, "gate_funding_rate_history"), documented.FUNDING_HISTORY, BTC)
    assert (settled["stamped_at"], settled["rate_native"]) == (utc("2026-01-01"), -0.0003)
    assert (settled["funding_interval_hours"], settled["is_settled"]) == (None, True)


def test_the_funding_interval_is_the_contract_s():
    (now,) = read(FUNDING_RATE, [documented.ticker("NEW_USDT", "1", "1")], NEW)
    assert now["funding_interval_hours"] == 4.0


def test_liquidations_have_the_sign_of_the_position_and_the_size_of_the_order():
    rows = read(LIQUIDATIONS, documented.LIQUIDATIONS, BTC)
    assert [
        (row["stamped_at"], row["position_side"], row["quantity_native"], row["price_usd_native"]) for row in rows
    ] == [
        (utc("2026-01-01 00:01:00"), "long", 400.0, 89010.0),
        (utc("2026-01-01 00:00:30"), "short", 70.0, 90990.0),
    ]
    assert {(row["native_unit"], row["price_kind"], row["coverage"]) for row in rows} == {("contract", "fill", "full")}
    assert len({row["event_id"] for row in rows}) == 2
    assert read(LIQUIDATIONS, documented.LIQUIDATIONS, INVERSE) == []


@pytest.mark.parametrize("field", ["size", "order_size"])
def test_a_liquidation_without_side_or_quantity_is_refused(field):
    with pytest.raises(InputError, match=field):
        read(LIQUIDATIONS, [{**documented.LIQUIDATIONS[0], field: None}], BTC)
    with pytest.raises(InputError, match="expected two numbers"):
        read(LIQUIDATIONS, [{**documented.LIQUIDATIONS[0], "size": 0}], BTC)


@given(st.floats(0, 1e15), st.integers(0, 4_000_000_000))
def test_numbers_and_labels_survive_exactly(oi, label):
    (row,) = read(HISTORY, [{**documented.STATS[0], "open_interest": repr(oi), "time": label}], BTC)
    assert row["oi_native"] == oi
    assert row["stamped_at"] == utc("1970-01-01") + timedelta(seconds=label)


@pytest.mark.parametrize(
    ("collector", "payload", "needed"),
    [
        ("gate_open_interest", documented.TICKERS, {"contract", "total_size", "mark_price"}),
        ("gate_funding_rate", documented.TICKERS, {"contract", "funding_rate"}),
        (
            "gate_open_interest_history",
            documented.STATS,
            {"time", "open_interest", "open_interest_usd", "mark_price"},
        ),
        ("gate_liquidation_sums", documented.STATS, {"time", "long_liq_size", "short_liq_size"}),
        ("gate_long_short_accounts", documented.STATS, {"time", "lsr_account"}),
        ("gate_candle_trade", documented.CANDLES, {"t", "o", "h", "l", "c", "v", "sum"}),
        ("gate_candle_mark", documented.PRICE_CANDLES, {"t", "o", "h", "l", "c"}),
        ("gate_funding_rate_history", documented.FUNDING_HISTORY, {"t", "r"}),
        ("gate_liquidation_orders", documented.LIQUIDATIONS, {"contract", "time", "size", "order_size", "fill_price"}),
    ],
)
def test_an_answer_without_a_field_is_refused(collector, payload, needed):
    assert needed_fields(reading_named(GATE, collector), payload, first, BTC) == needed


@pytest.mark.parametrize("collector", sorted({reading.collector for feed in GATE.feeds for reading in feed.readings}))
def test_an_empty_list_has_no_rows_and_another_shape_is_refused(collector):
    reading = reading_named(GATE, collector)
    assert read(reading, [], BTC) == []
    for damaged in ({"label": "INVALID_PARAM_VALUE"}, [[]], ["none"], None):
        with pytest.raises(InputError):
            read(reading, damaged, BTC)


SPAN = {"contract": "BTC_USDT", "from": "1767225600", "to": "1767229199"}


@pytest.mark.parametrize(
    ("feed", "query"),
    [
        ("contract_stats", {"contract": "BTC_USDT", "interval": "5m", "from": "1767225600", "limit": "100"}),
        ("candle_trade", {**SPAN, "interval": "5m"}),
        ("candle_mark", {**SPAN, "contract": "mark_BTC_USDT", "interval": "5m"}),
        ("candle_index", {**SPAN, "contract": "index_BTC_USDT", "interval": "5m"}),
        ("funding_rate_history", {**SPAN, "limit": "1000"}),
        ("liquidation_orders", {**SPAN, "limit": "100"}),
    ],
)
def test_what_is_asked(feed, query):
    asked = feed_named(GATE, feed)
    path = f"/{asked.path.format(settle='usdt')}"
    assert sent_by(GATE, asked, BTC, WINDOW, documented.STATS) == [("GET", path, query)]


def test_a_page_of_liquidations_is_the_longest_span_that_is_answered():
    feed = feed_named(GATE, "liquidation_orders")
    assert feed.label_spacing * feed.page_rows == timedelta(hours=1)


def test_the_settlement_is_in_the_path():
    for name, path, own, other in (
        ("usdt", "/api/v4/futures/usdt/tickers", BTC, INVERSE),
        ("btc", "/api/v4/futures/btc/tickers", INVERSE, BTC),
        ("delivery", "/api/v4/delivery/usdt/tickers", DATED, BTC),
    ):
        feed = feed_named(GATE, f"tickers_{name}")
        assert sent_by(GATE, feed, answers=documented.TICKERS) == [("GET", path, {})]
        assert (feed.is_bulk, feed.applies_to(own), feed.applies_to(other)) == (True, True, False)
    for instrument, family in ((INVERSE, "futures/btc"), (DATED, "delivery/usdt")):
        ((_, path, _),) = sent_by(GATE, feed_named(GATE, "candle_trade"), instrument, WINDOW, documented.CANDLES)
        assert path == f"/api/v4/{family}/candlesticks"


def test_delivery_contracts_have_open_interest_and_candles_only():
    assert {feed.name for feed in GATE.feeds if feed.applies_to(DATED)} == {
        "tickers_delivery",
        "candle_trade",
        "candle_mark",
        "candle_index",
    }
    assert [reading.collector for reading in feed_named(GATE, "tickers_delivery").readings] == ["gate_open_interest"]


def test_recorded_contracts(shared_data):
    path = shared_data / "exchange_fixtures/instruments_gateio_futures.json"
    found = {info["name"]: parse_instrument({"info": info}) for info in json.loads(path.read_text())["response"]}
    sizes = {symbol: instrument.contract_size for symbol, instrument in found.items()}
    assert sizes.items() >= {"BTC_USDT": 0.0001, "ETH_USDT": 0.01, "BNB_USDT": 0.001}.items()
    assert {instrument.listed_at for instrument in found.values()} == {None}
