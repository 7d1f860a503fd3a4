"""Deribit: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import copy
import json
from datetime import datetime, timedelta

import payloads_deribit as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import (
    against_venue,
    feed_named,
    instruments_listed,
    needed_fields,
    read,
    reading_named,
    sent_by,
)

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.deribit import DERIBIT, parse_instrument

utc = datetime.fromisoformat

LISTED = {info["instrument_name"]: parse_instrument({"info": info}) for info in documented.INSTRUMENTS}
BTC, DATED, LINEAR = (LISTED[s] for s in ("BTC-PERPETUAL", "BTC-25DEC26", "BTC_USDC-PERPETUAL"))
WINDOW = Window(utc("2026-01-01"), utc("2026-01-01 01:00:00"))
SPAN = {"start_timestamp": "1767225600000", "end_timestamp": "1767229199999"}
OPEN_INTEREST = reading_named(DERIBIT, "deribit_open_interest")
FUNDING_RATE = reading_named(DERIBIT, "deribit_funding_rate")
CANDLE = reading_named(DERIBIT, "deribit_candle_trade")
FUNDING_HISTORY = reading_named(DERIBIT, "deribit_funding_rate_history")
LIQUIDATIONS = reading_named(DERIBIT, "deribit_liquidations")
READINGS = [reading for feed in DERIBIT.feeds for reading in feed.readings]


def first(payload):
    return payload["result"][0]


def first_trade(payload):
    return payload["result"]["trades"][0]


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def test_instruments():
    assert {symbol for symbol, found in LISTED.items() if found} == {
        "BTC-PERPETUAL",
        "BTC-25DEC26",
        "BTC_USDC-PERPETUAL",
    }
    assert (BTC.settlement, BTC.settle, BTC.quote, BTC.symbol_native) == ("inverse", "BTC", "USD", "BTC")
    assert (BTC.contract_unit, BTC.contract_size, BTC.market_type) == ("usd", 1.0, "perpetual")
    assert (BTC.listed_at, BTC.expiry_at, BTC.is_trading) == (utc("2020-03-15"), None, True)
    assert (DATED.market_type, DATED.expiry_at) == ("dated", utc("2026-12-25 08:00:00"))
    assert (LINEAR.settlement, LINEAR.settle, LINEAR.quote) == ("linear", "USDC", "USDC")
    assert (LINEAR.contract_unit, LINEAR.contract_size, LINEAR.is_trading) == ("base", 1.0, False)


@pytest.mark.parametrize(
    "field",
    ["instrument_name", "kind", "base_currency", "settlement_currency", "settlement_period", "creation_timestamp"],
)
def test_an_instrument_without_a_field_is_refused(field):
    info = {key: value for key, value in documented.INSTRUMENTS[0].items() if key != field}
    with pytest.raises(InputError, match=field):
        parse_instrument({"info": info})


def test_markets_of_ccxt_are_read():
    assert instruments_listed(DERIBIT, documented.answer(documented.INSTRUMENTS)) == {
        symbol: found for symbol, found in LISTED.items() if found
    }


def test_open_interest_is_usd_of_inverse_contracts_and_coins_of_linear_ones():
    rows = read(OPEN_INTEREST, documented.SUMMARIES, BTC, DATED)
    assert without_payload(rows + read(OPEN_INTEREST, documented.LINEAR_SUMMARIES, LINEAR)) == [
        {
            "symbol": symbol,
            "stamped_at": utc("2026-01-01 00:00:01.250"),
            "native_field": "open_interest",
            "oi_native": oi,
            "native_unit": unit,
            "value_usd_native": None,
            "price_usd_native": price_usd,
        }
        for symbol, oi, unit, price_usd in (
            ("BTC-PERPETUAL", 9e8, "usd", 60000.0),
            ("BTC-25DEC26", 1e8, "usd", 61000.0),
            ("BTC_USDC-PERPETUAL", 123.456, "base", 60010.0),
        )
    ]


def test_current_funding_is_that_of_perpetuals():
    (row,) = read(FUNDING_RATE, documented.SUMMARIES, BTC, DATED)
    assert (row["symbol"], row["rate_native"], row["native_unit"]) == ("BTC-PERPETUAL", 0.0001, "fraction")
    assert (row["stamped_at"], row["funding_interval_hours"]) == (utc("2026-01-01 00:00:01.250"), 8.0)
    assert row["is_settled"] is False


def test_settled_funding_is_that_of_an_hour():
    (row,) = read(FUNDING_HISTORY, documented.FUNDING_HISTORY, BTC)
    assert (row["stamped_at"], row["rate_native"]) == (utc("2026-01-01"), 0.00001)
    assert (row["funding_interval_hours"], row["is_settled"]) == (1.0, True)


@pytest.mark.parametrize("instrument", [BTC, LINEAR])
def test_candles(instrument):
    one, other = read(CANDLE, documented.CHART, instrument)
    assert (one["symbol"], one["stamped_at"], one["price_kind"]) == (instrument.symbol, utc("2026-01-01"), "trade")
    assert [one[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [90000.5, 90100.0, 89900.5, 90050.0]
    assert (one["volume_native"], one["native_unit"], one["turnover_usd"]) == (12.5, "base", 1125620.0)
    assert (other["stamped_at"], other["close_usd"]) == (utc("2026-01-01 00:05:00"), 90055.0)
    assert one["payload"] == {
        "tick": 1767225600000,
        "open": 90000.5,
        "high": 90100,
        "low": 89900.5,
        "close": 90050,
        "volume": 12.5,
        "cost": 1125620,
    }


def test_candles_of_a_quiet_contract_are_none():
    assert read(CANDLE, documented.NO_CHART, BTC) == []


@pytest.mark.parametrize("column", ["ticks", "open", "high", "low", "close", "volume", "cost"])
def test_a_short_or_missing_column_of_candles_is_refused(column):
    damaged = copy.deepcopy(documented.CHART)
    damaged["result"][column].pop()
    with pytest.raises(InputError, match="but columns of"):
        read(CANDLE, damaged, BTC)
    del damaged["result"][column]
    with pytest.raises(InputError, match=column):
        read(CANDLE, damaged, BTC)


def test_liquidations_are_of_the_side_that_the_flag_names():
    rows = read(LIQUIDATIONS, documented.TRADES, BTC)
    assert [(row["event_id"], row["position_side"]) for row in rows] == [
        # A taker who sells closes a long; a maker against it buys and closes a short.
        ("1-T", "long"),
        ("3-M", "short"),
        ("4-M", "long"),
        ("4-T", "short"),
    ]
    assert {
        (row["stamped_at"], row["quantity_native"], row["native_unit"], row["price_usd_native"]) for row in rows
    } == {(utc("2026-01-01 00:01:00"), 12340.0, "usd", 89000.5)}
    assert {(row["price_kind"], row["coverage"]) for row in rows} == {("fill", "full")}
    assert {row["native_unit"] for row in read(LIQUIDATIONS, documented.TRADES, LINEAR)} == {"base"}


def test_an_unknown_flag_is_refused():
    for flag in ("X", None, ["M"], True):
        with pytest.raises(InputError, match="liquidation"):
            read(LIQUIDATIONS, documented.trades(documented.trade("1", "sell", liquidation=flag)), BTC)


@given(st.floats(0, 1e15), st.integers(100_000_000_000, 4_000_000_000_000))
def test_numbers_and_labels_survive_exactly(oi, label):
    payload = documented.answer([{**documented.summary("BTC-PERPETUAL", oi, None), "creation_timestamp": label}])
    (row,) = read(OPEN_INTEREST, payload, BTC)
    assert (row["oi_native"], row["price_usd_native"]) == (oi, None)
    assert row["stamped_at"] == utc("1970-01-01") + timedelta(milliseconds=label)


@pytest.mark.parametrize(
    ("reading", "payload", "pick", "needed"),
    [
        (
            OPEN_INTEREST,
            documented.SUMMARIES,
            first,
            {"instrument_name", "open_interest", "mark_price", "creation_timestamp"},
        ),
        (FUNDING_RATE, documented.SUMMARIES, first, {"instrument_name", "current_funding", "creation_timestamp"}),
        (FUNDING_HISTORY, documented.FUNDING_HISTORY, first, {"timestamp", "interest_1h"}),
        # A trade without the flag is no liquidation.
        (LIQUIDATIONS, documented.TRADES, first_trade, {"trade_id", "timestamp", "price", "direction", "amount"}),
    ],
)
def test_an_answer_without_a_field_is_refused(reading, payload, pick, needed):
    assert needed_fields(reading, payload, pick, BTC) == needed


@pytest.mark.parametrize(
    "collector", sorted({reading.collector for feed in DERIBIT.feeds for reading in feed.readings})
)
def test_an_empty_list_has_no_rows_and_another_shape_is_refused(collector):
    reading = reading_named(DERIBIT, collector)
    empty = {CANDLE.collector: documented.NO_CHART, LIQUIDATIONS.collector: documented.trades()}
    assert read(reading, empty.get(collector, documented.answer([])), BTC) == []
    damaged_rows = documented.trades([]) if reading is LIQUIDATIONS else documented.answer([[]])
    for damaged in ({"jsonrpc": "2.0"}, {"result": "none"}, damaged_rows, [], None):
        with pytest.raises(InputError):
            read(reading, damaged, BTC)


@pytest.mark.parametrize(
    ("feed", "query", "payload"),
    [
        ("candle_trade", {**SPAN, "resolution": "5"}, documented.CHART),
        ("funding_rate_history", {**SPAN, "start_timestamp": "1767225599999"}, documented.FUNDING_HISTORY),
        ("liquidations", {**SPAN, "count": "1000", "sorting": "asc"}, documented.TRADES),
    ],
)
def test_what_is_asked(feed, query, payload):
    asked = feed_named(DERIBIT, feed)
    assert sent_by(DERIBIT, asked, BTC, WINDOW, payload) == [
        ("GET", f"/{asked.path}", {"instrument_name": "BTC-PERPETUAL", **query})
    ]


def test_summaries_are_asked_by_the_currency_of_settlement():
    for currency, own, other in (("BTC", DATED, LINEAR), ("USDC", LINEAR, BTC)):
        feed = feed_named(DERIBIT, f"book_summary_{currency.lower()}")
        query = {"currency": currency, "kind": "future"}
        assert sent_by(DERIBIT, feed, answers=documented.SUMMARIES) == [("GET", f"/{feed.path}", query)]
        assert (feed.is_bulk, feed.applies_to(own), feed.applies_to(other)) == (True, True, False)


def paged(*pages):
    """Return the one response that the feed makes of ``pages``, and its requests."""
    waiting = list(pages)
    feed = feed_named(DERIBIT, "liquidations")
    return against_venue(DERIBIT, lambda *_: waiting.pop(0), lambda exchange: feed.request(exchange, BTC, WINDOW))


def test_all_pages_of_trades_are_one_answer_and_a_repeated_trade_is_one():
    one, two, three = (documented.trade(str(n), "sell", 1767225600000 + n) for n in (1, 2, 3))
    answer, requests = paged(documented.trades(one, two, has_more=True), documented.trades(two, three))
    assert answer["result"]["trades"] == [one, two, three]
    assert [query["start_timestamp"] for _, _, query in requests] == ["1767225600000", "1767225600002"]


def test_pages_that_do_not_advance_are_refused():
    page = documented.trades(documented.trade("1", "sell"), has_more=True)
    with pytest.raises(InputError, match="repeats the one before"):
        paged(page, page)


def test_a_page_that_does_not_say_whether_more_follow_is_refused():
    with pytest.raises(InputError, match="has_more"):
        paged(documented.answer({"trades": []}))


def test_a_window_of_trades_is_not_asked_again_in_halves_for_many_liquidations():
    feed = feed_named(DERIBIT, "liquidations")
    assert feed.page_rows * feed.label_spacing == timedelta(days=1)
    assert feed.page_rows > 5000
    assert feed.retention < timedelta(days=1)


def test_what_labels_mean():
    labels = {reading.collector: (reading.label_convention, reading.interval_seconds) for reading in READINGS}
    assert labels == {
        "deribit_open_interest": ("instant", 300),
        "deribit_funding_rate": ("instant", 300),
        "deribit_candle_trade": ("start", 300),
        "deribit_funding_rate_history": ("instant", None),
        "deribit_liquidations": ("instant", None),
    }


def test_pages_are_no_larger_than_the_venue_answers():
    assert feed_named(DERIBIT, "candle_trade").page_rows <= 5000
    assert feed_named(DERIBIT, "funding_rate_history").page_rows <= 744


def test_dated_contracts_have_no_funding():
    assert {feed.name for feed in DERIBIT.feeds if feed.applies_to(DATED)} == {
        "book_summary_btc",
        "candle_trade",
        "liquidations",
    }


def recorded(shared_data, name):
    return json.loads((shared_data / "exchange_fixtures" / name).read_text())


def test_recorded_instruments(shared_data):
    rows = [
        *recorded(shared_data, "nautilus/deribit/http_get_instruments.json")["result"],
        *recorded(shared_data, "nautilus/deribit/http_get_instruments_future_combo.json")["result"],
        recorded(shared_data, "nautilus/deribit/http_get_instrument.json")["result"],
    ]
    found = [parse_instrument({"info": info}) for info in rows]
    assert [instrument is not None for instrument in found] == [info["kind"] == "future" for info in rows]
    assert found[0].symbol == "BTC-PERPETUAL"


def test_recorded_instruments_of_2021_state_no_settlement_and_are_refused(shared_data):
    for info in recorded(shared_data, "instruments_deribit.json")["response"]["result"]:
        with pytest.raises(InputError, match="settlement_currency"):
            parse_instrument({"info": info})


def test_recorded_ticker(shared_data):
    # The ticker of the stream has these fields of the book summary, and another name for the time.
    data = recorded(shared_data, "nautilus/deribit/ws_ticker.json")["params"]["data"]
    payload = documented.answer([{**data, "creation_timestamp": data["timestamp"]}])
    (row,) = read(OPEN_INTEREST, payload, BTC)
    assert (row["oi_native"], row["price_usd_native"]) == (data["open_interest"], data["mark_price"])
    (funding,) = read(FUNDING_RATE, payload, BTC)
    assert funding["rate_native"] == data["current_funding"]
