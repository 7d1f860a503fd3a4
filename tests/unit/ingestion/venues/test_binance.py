"""Binance: golden rows of documented, recorded and damaged responses."""

import json
from datetime import datetime, timedelta

import payloads_binance as documented
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wire_support import instruments_listed, needed_fields, read, reading_named

from common.errors import InputError
from ingestion.venues.binance import BINANCE_CM, BINANCE_UM
from ingestion.venues.binance.cm import last_delivery

utc = datetime.fromisoformat

UM = {m["symbol"]: BINANCE_UM.parse_instrument({"info": m}) for m in documented.UM_EXCHANGE_INFO["symbols"]}
CM = {m["symbol"]: BINANCE_CM.parse_instrument({"info": m}) for m in documented.CM_EXCHANGE_INFO["symbols"]}
BTCUSDT, PEPE, BTCUSDT_DATED = UM["BTCUSDT"], UM["1000PEPEUSDT"], UM["BTCUSDT_261225"]
BTCUSD, ETHUSD_DATED = CM["BTCUSD_PERP"], CM["ETHUSD_261225"]

UM_FUNDING = {"premiumIndex": documented.UM_PREMIUM_INDEX, "fundingInfo": documented.UM_FUNDING_INFO}
CM_FUNDING = {"premiumIndex": documented.CM_PREMIUM_INDEX, "fundingInfo": []}


def first(payload):
    return payload[0]


def whole(payload):
    return payload


def without_payload(rows):
    return [{key: value for key, value in row.items() if key != "payload"} for row in rows]


def test_um_instruments():
    assert {symbol for symbol, instrument in UM.items() if instrument} == {"BTCUSDT", "1000PEPEUSDT", "BTCUSDT_261225"}
    assert (BTCUSDT.market_type, BTCUSDT.settlement, BTCUSDT.contract_unit) == ("perpetual", "linear", "base")
    assert (BTCUSDT.contract_size, BTCUSDT.quote, BTCUSDT.settle) == (1.0, "USDT", "USDT")
    assert (BTCUSDT.listed_at, BTCUSDT.expiry_at) == (utc("2019-09-25 08:00:00"), None)
    assert PEPE.symbol_native == "1000PEPE"
    assert (BTCUSDT_DATED.market_type, BTCUSDT_DATED.expiry_at) == ("dated", utc("2026-12-25 08:00:00"))
    assert (BTCUSDT.is_trading, BTCUSDT_DATED.is_trading) == (True, False)


def test_cm_instruments():
    assert (BTCUSD.settlement, BTCUSD.contract_unit, BTCUSD.contract_size) == ("inverse", "usd", 100.0)
    assert (BTCUSD.quote, BTCUSD.settle, BTCUSD.market_type) == ("USD", "BTC", "perpetual")
    assert (ETHUSD_DATED.contract_size, ETHUSD_DATED.expiry_at) == (10.0, utc("2026-12-25 08:00:00"))


@pytest.mark.parametrize(
    "field", ["symbol", "baseAsset", "marginAsset", "onboardDate", "contractStatus", "contractSize"]
)
def test_an_instrument_without_a_field_is_refused(field):
    info = {key: value for key, value in documented.CM_EXCHANGE_INFO["symbols"][0].items() if key != field}
    with pytest.raises(InputError, match=field):
        BINANCE_CM.parse_instrument({"info": info})


def test_um_open_interest_now():
    rows = read(reading_named(BINANCE_UM, "binance_um_open_interest"), documented.UM_OPEN_INTEREST, BTCUSDT)
    assert rows == [
        {
            "symbol": "BTCUSDT",
            "stamped_at": utc("2026-01-01 00:00:01.250"),
            "native_field": "openInterest",
            "oi_native": 10659.509,
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": documented.UM_OPEN_INTEREST,
        }
    ]


def test_um_open_interest_history_and_the_supply_beside_it():
    payload = documented.UM_OPEN_INTEREST_HISTORY
    history = read(reading_named(BINANCE_UM, "binance_um_open_interest_history"), payload, BTCUSDT)
    assert without_payload(history) == [
        {
            "symbol": "BTCUSDT",
            "stamped_at": utc("2026-01-01 00:05:00"),
            "native_field": "sumOpenInterest",
            "oi_native": 100000.5,
            "native_unit": "base",
            # 100000.5 coins at 90000 USD.
            "value_usd_native": 9000045000.0,
            "price_usd_native": None,
        }
    ]
    supply = reading_named(BINANCE_UM, "binance_um_circulating_supply")
    assert without_payload(read(supply, payload, BTCUSDT)) == [
        {
            "scope": "asset",
            "symbol": "BTC",
            "stamped_at": utc("2026-01-01 00:05:00"),
            "supply_base": 19960000.0,
            "market_cap_usd": None,
            "price_usd": None,
        }
    ]
    dated = [{**payload[0], "symbol": "BTCUSDT_261225"}]
    assert read(supply, dated, BTCUSDT_DATED) == []
    unknown = [{**payload[0], "CMCCirculatingSupply": "0"}]
    assert [row["supply_base"] for row in read(supply, unknown, BTCUSDT)] == [None]


def test_labels_of_the_statistics():
    labels = {reading.collector: reading.label_convention for feed in BINANCE_UM.feeds for reading in feed.readings}
    assert labels["binance_um_open_interest_history"] == "end"
    assert labels["binance_um_long_short_accounts"] == "end"
    assert labels["binance_um_long_short_taker_flow"] == "start"
    assert {labels[f"binance_um_candle_{kind}"] for kind in ("trade", "mark", "index")} == {"start"}


@pytest.mark.parametrize(
    ("api", "instrument", "unit", "turnover_usd"),
    [(BINANCE_UM, BTCUSDT, "base", 1125625.0), (BINANCE_CM, BTCUSD, "contract", None)],
)
def test_candles(api, instrument, unit, turnover_usd):
    reading = reading_named(api, f"{api.api_id}_candle_trade")
    assert without_payload(read(reading, documented.KLINES, instrument)) == [
        {
            "symbol": instrument.symbol,
            "stamped_at": utc("2026-01-01"),
            "price_kind": "trade",
            "open_usd": 90000.1,
            "high_usd": 90100.0,
            "low_usd": 89900.5,
            "close_usd": 90050.0,
            "volume_native": 12.5,
            "native_unit": unit,
            "turnover_usd": turnover_usd,
        }
    ]
    for kind in ("mark", "index"):
        (row,) = read(reading_named(api, f"{api.api_id}_candle_{kind}"), documented.PRICE_KLINES, instrument)
        assert (row["price_kind"], row["close_usd"]) == (kind, 90050.0)
        assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == (None, None, None)


def test_current_funding_of_followed_perpetuals():
    reading = reading_named(BINANCE_UM, "binance_um_funding_rate")
    rows = read(reading, UM_FUNDING, BTCUSDT, PEPE)
    assert [
        (row["symbol"], row["stamped_at"], row["rate_native"], row["funding_interval_hours"], row["is_settled"])
        for row in rows
    ] == [
        ("BTCUSDT", utc("2026-01-01 00:00:01.250"), 0.00012, 8.0, False),
        ("1000PEPEUSDT", utc("2026-01-01 00:00:01.250"), -0.00005, 4.0, False),
    ]
    assert [row["symbol"] for row in read(reading, UM_FUNDING, PEPE)] == ["1000PEPEUSDT"]
    (inverse,) = read(reading_named(BINANCE_CM, "binance_cm_funding_rate"), CM_FUNDING, BTCUSD)
    assert (inverse["symbol"], inverse["rate_native"], inverse["funding_interval_hours"]) == ("BTCUSD_PERP", 1e-4, 8.0)


@pytest.mark.parametrize(("api", "dated"), [(BINANCE_UM, BTCUSDT_DATED), (BINANCE_CM, ETHUSD_DATED)])
def test_dated_contracts_have_no_funding_and_no_ratios(api, dated):
    assert {feed.name for feed in api.feeds if not feed.applies_to(dated)} == {
        "funding_rate",
        "funding_rate_history",
        "long_short_accounts",
        "long_short_top_accounts",
        "long_short_top_positions",
        "long_short_taker_flow",
    }


def test_settled_funding_leaves_dividends_out():
    rows = read(reading_named(BINANCE_UM, "binance_um_funding_rate_history"), documented.FUNDING_RATE, BTCUSDT)
    assert without_payload(rows) == [
        {
            "symbol": "BTCUSDT",
            "stamped_at": utc("2026-01-01 00:00:00.003"),
            "rate_native": 0.0001,
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
        }
    ]


@pytest.mark.parametrize(
    ("api", "basis", "payload", "instrument", "expected"),
    [
        (BINANCE_UM, "accounts", documented.UM_ACCOUNT_RATIO, BTCUSDT, (0.6, 0.4, "fraction", 1.5)),
        (BINANCE_UM, "top_accounts", documented.UM_ACCOUNT_RATIO, BTCUSDT, (0.6, 0.4, "fraction", 1.5)),
        (BINANCE_UM, "top_positions", documented.UM_ACCOUNT_RATIO, BTCUSDT, (0.6, 0.4, "fraction", 1.5)),
        (BINANCE_UM, "taker_flow", documented.UM_TAKER_RATIO, BTCUSDT, (387.33, 248.503, "base", 1.5586)),
        (BINANCE_CM, "accounts", documented.CM_ACCOUNT_RATIO, BTCUSD, (0.6, 0.4, "fraction", 1.5)),
        (BINANCE_CM, "top_accounts", documented.CM_ACCOUNT_RATIO, BTCUSD, (0.6, 0.4, "fraction", 1.5)),
        (BINANCE_CM, "top_positions", documented.CM_POSITION_RATIO, BTCUSD, (0.4404, 0.5596, "fraction", 0.7869)),
        (BINANCE_CM, "taker_flow", documented.CM_TAKER_VOLUME, BTCUSD, (0.774, 0.496, "base", None)),
    ],
)
def test_ratios(api, basis, payload, instrument, expected):
    (row,) = read(reading_named(api, f"{api.api_id}_long_short_{basis}"), payload, instrument)
    assert (row["symbol"], row["basis"]) == (instrument.symbol, basis)
    assert (row["long_native"], row["short_native"], row["native_unit"], row["ratio_native"]) == expected


def test_cm_open_interest_is_contracts_without_a_value_in_usd():
    (now,) = read(reading_named(BINANCE_CM, "binance_cm_open_interest"), documented.CM_OPEN_INTEREST, BTCUSD)
    (then,) = read(
        reading_named(BINANCE_CM, "binance_cm_open_interest_history"), documented.CM_OPEN_INTEREST_HISTORY, BTCUSD
    )
    for row, field in ((now, "openInterest"), (then, "sumOpenInterest")):
        assert (row["native_field"], row["oi_native"], row["native_unit"]) == (field, 10000.0, "contract")
        assert row["value_usd_native"] is None
    assert then["payload"]["sumOpenInterestValue"] == "20"


def test_history_of_a_dated_contract_begins_when_it_took_its_place():
    # Received in November 2026: the last delivery was on Friday, 25 September 2026, 08:00.
    delivered, five_minutes_later = 1790323200000, 1790323500000
    rows = [
        {**documented.CM_OPEN_INTEREST_HISTORY[0], "pair": pair, "contractType": place, "timestamp": at}
        for pair, place, at in (
            ("ETHUSD", "CURRENT_QUARTER", delivered),
            ("ETHUSD", "CURRENT_QUARTER", five_minutes_later),
        )
    ]
    reading = reading_named(BINANCE_CM, "binance_cm_open_interest_history")
    assert [row["stamped_at"] for row in read(reading, rows, ETHUSD_DATED)] == [utc("2026-09-25 08:05:00")]


@given(st.datetimes(utc("2020-01-01"), utc("2040-01-01")))
@example(utc("2026-09-25 08:00:00"))
@example(utc("2026-09-25 08:00:00.000001"))
def test_last_delivery_is_the_last_friday_of_a_quarter(at):
    delivery = last_delivery(at)
    assert delivery <= at < delivery + timedelta(days=99)
    assert (delivery.weekday(), delivery.hour, delivery.month % 3) == (4, 8, 0)
    assert (delivery + timedelta(days=7)).month != delivery.month


@given(st.floats(0, 1e12), st.integers(100_000_000_000, 4_000_000_000_000))
def test_numbers_and_labels_survive_exactly(oi, label):
    payload = [{**documented.UM_OPEN_INTEREST_HISTORY[0], "sumOpenInterest": repr(oi), "timestamp": label}]
    (row,) = read(reading_named(BINANCE_UM, "binance_um_open_interest_history"), payload, BTCUSDT)
    assert row["oi_native"] == oi
    assert row["stamped_at"] == utc("1970-01-01") + timedelta(milliseconds=label)


@pytest.mark.parametrize(
    ("collector", "payload", "pick", "instrument", "needed"),
    [
        ("open_interest", documented.UM_OPEN_INTEREST, whole, BTCUSDT, {"symbol", "openInterest", "time"}),
        (
            "open_interest_history",
            documented.UM_OPEN_INTEREST_HISTORY,
            first,
            BTCUSDT,
            {"symbol", "sumOpenInterest", "sumOpenInterestValue", "timestamp"},
        ),
        (
            "circulating_supply",
            documented.UM_OPEN_INTEREST_HISTORY,
            first,
            BTCUSDT,
            {"symbol", "CMCCirculatingSupply", "timestamp"},
        ),
        ("funding_rate_history", documented.FUNDING_RATE, first, BTCUSDT, {"symbol", "fundingRate", "fundingTime"}),
        (
            "long_short_accounts",
            documented.UM_ACCOUNT_RATIO,
            first,
            BTCUSDT,
            {"symbol", "longShortRatio", "longAccount", "shortAccount", "timestamp"},
        ),
        (
            "funding_rate",
            UM_FUNDING,
            lambda payload: payload["premiumIndex"][0],
            BTCUSDT,
            {"symbol", "lastFundingRate", "time"},
        ),
    ],
)
def test_an_answer_without_a_field_is_refused(collector, payload, pick, instrument, needed):
    assert needed_fields(reading_named(BINANCE_UM, f"binance_um_{collector}"), payload, pick, instrument) == needed


ALL_READINGS = [reading for api in (BINANCE_UM, BINANCE_CM) for feed in api.feeds for reading in feed.readings]


@pytest.mark.parametrize("reading", ALL_READINGS, ids=lambda reading: reading.collector)
@pytest.mark.parametrize("payload", [None, "busy", {"code": -1003, "msg": "Too many requests."}, [None], [{}], [[]]])
def test_another_shape_is_refused(reading, payload):
    with pytest.raises(InputError):
        read(reading, payload, BTCUSD if "_cm_" in reading.collector else BTCUSDT)


def test_an_empty_list_is_no_rows():
    for feed in BINANCE_UM.feeds:
        for reading in feed.readings:
            if feed.label_spacing is not None:
                assert read(reading, [], BTCUSDT) == []


def test_wrong_types_are_refused():
    reading = reading_named(BINANCE_UM, "binance_um_open_interest_history")
    for field, value in (("sumOpenInterest", "many"), ("sumOpenInterest", [1]), ("timestamp", None), ("symbol", 7)):
        with pytest.raises(InputError, match=field):
            read(reading, [{**documented.UM_OPEN_INTEREST_HISTORY[0], field: value}], BTCUSDT)


def test_an_answer_about_another_symbol_is_refused():
    with pytest.raises(InputError, match="requested symbol 1000PEPEUSDT, the response is about BTCUSDT"):
        read(reading_named(BINANCE_UM, "binance_um_open_interest"), documented.UM_OPEN_INTEREST, PEPE)
    payload = [{**documented.CM_OPEN_INTEREST_HISTORY[0], "pair": "ETHUSD"}]
    with pytest.raises(InputError, match="requested contractType CURRENT_QUARTER, the response is about PERPETUAL"):
        read(reading_named(BINANCE_CM, "binance_cm_open_interest_history"), payload, ETHUSD_DATED)


def recorded(shared_data, name):
    return json.loads((shared_data / "exchange_fixtures" / name).read_text())


def test_recorded_exchange_info(shared_data):
    linear = instruments_listed(BINANCE_UM, recorded(shared_data, "instruments_binance_futures.json")["response"])
    assert (linear["BTCUSDT"].contract_unit, linear["BTCUSDT"].contract_size) == ("base", 1.0)
    assert linear["BTCUSDT"].listed_at == utc("2019-09-25 08:00:00")
    assert {i.quote for i in linear.values()} == {"USDT"}
    assert {i.expiry_at for i in linear.values() if i.market_type == "dated"} == {utc("2021-09-24 08:00:00")}
    inverse = instruments_listed(BINANCE_CM, recorded(shared_data, "instruments_binance_delivery.json")["response"])
    assert {(i.symbol_native, i.contract_size) for i in inverse.values()} == {("BTC", 100), ("ETH", 10), ("BNB", 10)}
    assert {i.settlement for i in inverse.values()} == {"inverse"}


@pytest.mark.parametrize(
    ("collector", "name", "expected"),
    [
        ("open_interest", "open_interest", {"oi_native": 10659.509, "stamped_at": utc("2020-05-14 06:25:30.011")}),
        ("open_interest_history", "open_interest_historical", {"oi_native": 20403.637, "native_unit": "base"}),
        ("funding_rate_history", "funding_rate", {"rate_native": -0.0375, "stamped_at": utc("2019-10-09 08:00:00")}),
        ("candle_trade", "klines", {"close_usd": 0.01577100, "volume_native": 148976.11427815}),
        ("candle_mark", "mark_price_klines", {"close_usd": 9653.07367333, "volume_native": None}),
        ("candle_index", "index_price_klines", {"close_usd": 9651.552, "stamped_at": utc("2020-06-04 07:40:00")}),
        ("long_short_accounts", "global_long_short_account_ratio", {"long_native": 0.6622, "short_native": 0.3378}),
        ("long_short_top_accounts", "top_long_short_account_ratio", {"long_native": 0.6442, "ratio_native": 1.8105}),
        ("long_short_top_positions", "top_long_short_position_ratio", {"long_native": 0.5891, "short_native": 0.4108}),
        ("long_short_taker_flow", "taker_long_short_ratio", {"long_native": 387.33, "native_unit": "base"}),
    ],
)
def test_recorded_answers(shared_data, collector, name, expected):
    payload = recorded(shared_data, f"nautilus/binance/http_futures_market_{name}.json")
    row = read(reading_named(BINANCE_UM, f"binance_um_{collector}"), payload, BTCUSDT)[0]
    assert {key: row[key] for key in expected} == expected


def test_recorded_premium_index(shared_data):
    premium = recorded(shared_data, "nautilus/binance/http_futures_market_premium_index.json")
    payload = {"premiumIndex": [premium], "fundingInfo": []}
    (row,) = read(reading_named(BINANCE_UM, "binance_um_funding_rate"), payload, BTCUSDT)
    assert (row["rate_native"], row["funding_interval_hours"]) == (0.00038246, 8.0)
