"""Hyperliquid: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import copy
import gzip
import json
from datetime import datetime, timedelta

import payloads_hyperliquid as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import (
    RECEIVED_AT,
    feed_named,
    instruments_listed,
    needed_fields,
    read,
    reading_named,
    sent_by,
)

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.hyperliquid import HYPERLIQUID, parse_instrument

utc = datetime.fromisoformat

LISTED = {
    described["name"]: parse_instrument({"swap": True, "info": described | context})
    for described, context in zip(
        documented.META_AND_CONTEXTS[0]["universe"], documented.META_AND_CONTEXTS[1], strict=True
    )
}
BTC, PEPE = LISTED["BTC"], LISTED["kPEPE"]
WINDOW = Window(utc("2026-01-01"), utc("2026-01-02"))
SPAN = {"startTime": 1767225600000, "endTime": 1767311999999}
OPEN_INTEREST = reading_named(HYPERLIQUID, "hyperliquid_open_interest")
FUNDING_RATE = reading_named(HYPERLIQUID, "hyperliquid_funding_rate")
CANDLE = reading_named(HYPERLIQUID, "hyperliquid_candle_trade")
FUNDING_HISTORY = reading_named(HYPERLIQUID, "hyperliquid_funding_rate_history")


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def test_instruments():
    assert (BTC.symbol, BTC.symbol_native, PEPE.symbol_native) == ("BTC", "BTC", "kPEPE")
    assert (BTC.quote, BTC.settle, BTC.settlement, BTC.market_type) == ("USDC", "USDC", "linear", "perpetual")
    assert (BTC.contract_unit, BTC.contract_size, BTC.listed_at, BTC.expiry_at) == ("base", 1.0, None, None)
    assert (BTC.is_trading, LISTED["MATIC"].is_trading) == (True, False)
    # The current prices are not part of a specification.
    assert BTC.payload == {"name": "BTC", "szDecimals": 5, "maxLeverage": 40}


def test_spot_and_other_builders_are_left_out():
    info = documented.META_AND_CONTEXTS[0]["universe"][0]
    assert parse_instrument({"swap": False, "info": info}) is None
    assert parse_instrument({"swap": True, "info": {**info, "name": "xyz:TSLA", "hip3": True}}) is None
    with pytest.raises(InputError, match="name"):
        parse_instrument({"swap": True, "info": {"szDecimals": 5}})


def test_markets_of_ccxt_are_read():
    def answers(_, body):
        return documented.META_AND_CONTEXTS if body["type"] == "metaAndAssetCtxs" else {"universe": [], "tokens": []}

    assert instruments_listed(HYPERLIQUID, answers) == LISTED


def test_open_interest_has_the_time_of_receipt_and_the_mark_beside_it():
    rows = read(OPEN_INTEREST, documented.META_AND_CONTEXTS, BTC, PEPE)
    assert without_payload(rows) == [
        {
            "symbol": symbol,
            "stamped_at": RECEIVED_AT,
            "native_field": "openInterest",
            "oi_native": oi,
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": price_usd,
        }
        for symbol, oi, price_usd in (("BTC", 25000.5, 90000.0), ("kPEPE", 1000000.0, 0.004))
    ]
    assert rows[0]["payload"] == documented.META_AND_CONTEXTS[1][0]


def test_current_funding_is_of_an_hour():
    assert without_payload(read(FUNDING_RATE, documented.META_AND_CONTEXTS, PEPE)) == [
        {
            "symbol": "kPEPE",
            "stamped_at": RECEIVED_AT,
            "rate_native": -0.00003,
            "native_unit": "fraction",
            "funding_interval_hours": 1.0,
            "is_settled": False,
        }
    ]


def test_candles():
    assert without_payload(read(CANDLE, documented.CANDLES, BTC)) == [
        {
            "symbol": "BTC",
            "stamped_at": utc("2026-01-01"),
            "price_kind": "trade",
            "open_usd": 90000.1,
            "high_usd": 90100.0,
            "low_usd": 89900.5,
            "close_usd": 90050.0,
            "volume_native": 12.5,
            "native_unit": "base",
            "turnover_usd": None,
        }
    ]
    assert (CANDLE.label_convention, CANDLE.interval_seconds) == ("start", 300)


def test_settled_funding():
    assert without_payload(read(FUNDING_HISTORY, documented.FUNDING_HISTORY, BTC)) == [
        {
            "symbol": "BTC",
            "stamped_at": stamped_at,
            "rate_native": rate,
            "native_unit": "fraction",
            "funding_interval_hours": 1.0,
            "is_settled": True,
        }
        for stamped_at, rate in (
            (utc("2026-01-01 00:00:00.076"), 0.0000125),
            (utc("2026-01-01 01:00:00.012"), -0.0000081),
        )
    ]


@given(st.permutations(["BTC", "kPEPE", "MATIC"]), st.lists(st.floats(0, 1e12), min_size=3, max_size=3))
def test_names_and_contexts_pair_up_in_any_order(names, levels):
    payload = [
        {"universe": [{"name": name} for name in names]},
        [documented.context(repr(level), "1.0") for level in levels],
    ]
    rows = read(OPEN_INTEREST, payload, *LISTED.values())
    assert [(row["symbol"], row["oi_native"]) for row in rows] == list(zip(names, levels, strict=True))


@pytest.mark.parametrize("reading", [OPEN_INTEREST, FUNDING_RATE])
@pytest.mark.parametrize("missing", [0, 1])
def test_lists_of_unequal_length_are_refused(reading, missing):
    payload = copy.deepcopy(documented.META_AND_CONTEXTS)
    (payload[0]["universe"] if missing == 0 else payload[1]).pop(0)
    with pytest.raises(InputError, match=r"\d names but \d contexts"):
        read(reading, payload, BTC)


@pytest.mark.parametrize(
    ("reading", "payload", "pick", "needed"),
    [
        (
            OPEN_INTEREST,
            documented.META_AND_CONTEXTS,
            lambda payload: payload[1][0],
            {"openInterest", "markPx"},
        ),
        (OPEN_INTEREST, documented.META_AND_CONTEXTS, lambda payload: payload[0]["universe"][0], {"name"}),
        (FUNDING_RATE, documented.META_AND_CONTEXTS, lambda payload: payload[1][0], {"funding"}),
        (CANDLE, documented.CANDLES, lambda payload: payload[0], {"t", "s", "o", "h", "l", "c", "v"}),
        (
            FUNDING_HISTORY,
            documented.FUNDING_HISTORY,
            lambda payload: payload[0],
            {"coin", "fundingRate", "time"},
        ),
    ],
)
def test_an_answer_without_a_field_is_refused(reading, payload, pick, needed):
    assert needed_fields(reading, payload, pick, BTC) == needed


@pytest.mark.parametrize("reading", [OPEN_INTEREST, FUNDING_RATE, CANDLE, FUNDING_HISTORY])
@pytest.mark.parametrize("payload", [None, {}, "null", [None], [[]], [{"universe": {}}, []], [{"universe": [7]}, [7]]])
def test_another_shape_is_refused(reading, payload):
    with pytest.raises(InputError):
        read(reading, payload, BTC)


def test_an_empty_list_is_no_rows():
    assert read(CANDLE, [], BTC) == []
    assert read(FUNDING_HISTORY, [], BTC) == []
    assert read(OPEN_INTEREST, [{"universe": []}, []], BTC) == []


def test_an_answer_about_another_coin_is_refused():
    for reading, payload in ((CANDLE, documented.CANDLES), (FUNDING_HISTORY, documented.FUNDING_HISTORY)):
        with pytest.raises(InputError, match=r"requested (coin|s) kPEPE, the response is about BTC"):
            read(reading, payload, PEPE)


@pytest.mark.parametrize(
    ("feed", "instrument", "body"),
    [
        ("asset_contexts", None, {"type": "metaAndAssetCtxs"}),
        ("candle_trade", PEPE, {"type": "candleSnapshot", "req": {"coin": "kPEPE", "interval": "5m", **SPAN}}),
        ("funding_rate_history", BTC, {"type": "fundingHistory", "coin": "BTC", **SPAN}),
    ],
)
def test_what_is_asked(feed, instrument, body):
    window = None if instrument is None else WINDOW
    assert sent_by(HYPERLIQUID, feed_named(HYPERLIQUID, feed), instrument, window) == [("POST", "/info", body)]


def test_all_candles_that_are_kept_fit_on_one_page():
    feed = feed_named(HYPERLIQUID, "candle_trade")
    assert feed.retention == feed.page_rows * timedelta(minutes=5)


def recorded(shared_data, name):
    content = (shared_data / "exchange_fixtures/nautilus/hyperliquid" / name).read_bytes()
    return json.loads(gzip.decompress(content) if name.endswith(".gz") else content)


def test_recorded_contexts(shared_data):
    # The stream sends the contexts in the order of the universe, of which the first three are recorded.
    universe = recorded(shared_data, "http_meta_perp_sample.json")["universe"]
    ((_, contexts),) = [
        found for found in recorded(shared_data, "ws_all_dexs_asset_ctxs.json.gz")["data"]["ctxs"] if found[0] == ""
    ]
    payload = [{"universe": universe}, contexts[: len(universe)]]
    (row,) = read(OPEN_INTEREST, payload, BTC)
    assert (row["oi_native"], row["price_usd_native"]) == (27353.17682, 77562.0)
    (funding,) = read(FUNDING_RATE, payload, BTC)
    assert funding["rate_native"] == -0.0000015186
    everything = [{"universe": [{"name": f"coin{i}"} for i in range(len(contexts))]}, contexts]
    instruments = [parse_instrument({"swap": True, "info": described}) for described in everything[0]["universe"]]
    assert len(read(OPEN_INTEREST, everything, *instruments)) == len(contexts) > 100


def test_recorded_funding(shared_data):
    rows = read(FUNDING_HISTORY, recorded(shared_data, "http_funding_history.json"), BTC)
    assert [(row["stamped_at"], row["rate_native"]) for row in rows] == [
        (utc("2026-02-01 01:20:00"), 0.0000125),
        (utc("2026-02-01 02:20:00"), -0.0000081),
        (utc("2026-02-01 03:20:00"), 0.0000033),
    ]
