"""Kraken Futures: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import copy
import json
from datetime import datetime, timedelta

import payloads_kraken as documented
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_support import against_venue, feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.kraken import KRAKEN

utc = datetime.fromisoformat
LINEAR, INVERSE, DATED = (KRAKEN.parse_instrument({"info": info}) for info in documented.INSTRUMENTS["instruments"][:3])
WINDOW = Window(utc("2026-01-01"), utc("2026-01-02"))


def picked(row, **expected):
    return {key: row[key] for key in expected}


def test_instruments():
    listed = instruments_listed(KRAKEN, documented.INSTRUMENTS)
    assert set(listed) == {"PF_XBTUSD", "PI_XBTUSD", "FI_ETHUSD_260327"}
    linear, inverse, dated = (listed[symbol] for symbol in ("PF_XBTUSD", "PI_XBTUSD", "FI_ETHUSD_260327"))
    assert (linear.symbol_native, linear.quote, linear.settle) == ("XBT", "USD", "USD")
    assert (linear.settlement, linear.contract_unit, linear.market_type) == ("linear", "base", "perpetual")
    assert (inverse.settlement, inverse.contract_unit, inverse.settle) == ("inverse", "usd", "XBT")
    assert (inverse.listed_at, inverse.expiry_at) == (utc("2018-08-31"), None)
    assert (dated.symbol_native, dated.market_type, dated.expiry_at) == ("ETH", "dated", utc("2026-03-27 16:00:00"))
    assert (linear.is_trading, dated.is_trading) == (True, False)


def test_open_interest_is_in_coins_or_in_usd():
    linear, inverse = read(reading_named(KRAKEN, "kraken_open_interest"), documented.TICKERS, LINEAR, INVERSE)
    expected = {"symbol": "PF_XBTUSD", "stamped_at": utc("2026-01-01 00:00:01.250"), "native_field": "openInterest"}
    expected |= {"oi_native": 1250.5, "native_unit": "base", "price_usd_native": 90000}
    assert picked(linear, **expected) == expected
    assert (inverse["oi_native"], inverse["native_unit"]) == (21279580, "usd")


def test_current_funding_is_made_a_fraction_of_the_position():
    reading = reading_named(KRAKEN, "kraken_funding_rate")
    linear, inverse = read(reading, documented.TICKERS, LINEAR, INVERSE, DATED)
    # 1.8 USD per coin of 90000 USD, and -2e-9 coins per USD, where a coin costs 80000 USD.
    assert linear["rate_native"] == pytest.approx(0.00002, rel=1e-12)
    assert inverse["rate_native"] == pytest.approx(-0.00016, rel=1e-12)
    assert (linear["funding_interval_hours"], linear["is_settled"]) == (1, False)


@given(rate=st.floats(-0.01, 0.01), price=st.floats(0.01, 1e6))
def test_the_same_relative_rate_is_read_from_both_kinds_of_contract(rate, price):
    payments = {"PF_XBTUSD": rate * price, "PI_XBTUSD": rate / price}
    tickers = [{"symbol": symbol, "markPrice": price, "fundingRate": paid} for symbol, paid in payments.items()]
    payload = {"serverTime": "2026-01-01T00:00:00Z", "tickers": tickers}
    rows = read(reading_named(KRAKEN, "kraken_funding_rate"), payload, LINEAR, INVERSE)
    assert [row["rate_native"] for row in rows] == pytest.approx([rate, rate], rel=1e-9)


def test_a_settlement_is_labelled_with_the_start_of_its_hour():
    reading = reading_named(KRAKEN, "kraken_funding_rate_history")
    row = read(reading, documented.FUNDING_RATES, LINEAR)[1]
    assert (row["rate_native"], row["stamped_at"], row["is_settled"]) == (0.00002, utc("2026-01-01"), True)
    assert (reading.label_convention, reading.interval_seconds, row["funding_interval_hours"]) == ("start", 3600, 1)


def test_settlements_outside_of_the_window_are_another_pages():
    feed = feed_named(KRAKEN, "funding_rate_history")
    answer, _ = against_venue(KRAKEN, documented.FUNDING_RATES, lambda exchange: feed.request(exchange, LINEAR, WINDOW))
    assert [row["timestamp"] for row in answer["rates"]] == ["2026-01-01T00:00:00.000Z"]


def test_open_interest_history_is_the_level_at_the_end_of_a_bucket():
    reading = reading_named(KRAKEN, "kraken_open_interest_history")
    (row,) = read(reading, documented.OPEN_INTEREST, LINEAR)
    assert (row["oi_native"], row["native_unit"], row["stamped_at"]) == (1250.25, "base", utc("2026-01-01"))
    assert (reading.label_convention, reading.interval_seconds) == ("start", 300)
    (inverse,) = read(reading, documented.OPEN_INTEREST, INVERSE)
    assert (inverse["native_unit"], inverse["native_field"]) == ("usd", "open_interest_close")


def test_the_share_of_accounts_that_are_long():
    (row,) = read(reading_named(KRAKEN, "kraken_long_short_accounts"), documented.LONG_SHORT_RATIO, LINEAR)
    assert (row["long_native"], row["short_native"], row["native_unit"]) == (0.625, 0.375, "fraction")
    assert (row["basis"], row["ratio_native"]) == ("accounts", None)


@pytest.mark.parametrize(("kind", "volume"), [("trade", 12.5), ("mark", None), ("index", None)])
def test_candles(kind, volume):
    (row,) = read(reading_named(KRAKEN, f"kraken_candle_{kind}"), documented.CANDLES, LINEAR)
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [89000, 90500, 88000, 90000]
    assert (row["volume_native"], row["price_kind"], row["stamped_at"]) == (volume, kind, utc("2026-01-01"))


def test_a_liquidation_that_sells_closes_a_long():
    (row,) = read(reading_named(KRAKEN, "kraken_liquidation"), documented.HISTORY, LINEAR)
    expected = {"event_id": "b2ecf3c1", "position_side": "long", "quantity_native": 0.5, "native_unit": "base"}
    expected |= {"price_usd_native": 89500, "price_kind": "fill", "coverage": "sampled"}
    assert picked(row, **expected) == expected
    bought = copy.deepcopy(documented.HISTORY)
    bought["history"][0]["side"] = "buy"
    assert read(reading_named(KRAKEN, "kraken_liquidation"), bought, LINEAR)[0]["position_side"] == "short"


def test_analytics_that_do_not_pair_up_are_refused():
    damaged = copy.deepcopy(documented.OPEN_INTEREST)
    damaged["result"]["timestamp"].append(1767225900)
    with pytest.raises(InputError, match="2 times but 1 values"):
        read(reading_named(KRAKEN, "kraken_open_interest_history"), damaged, LINEAR)


@pytest.mark.parametrize(
    ("collector", "payload", "pick", "needed"),
    [
        ("open_interest", documented.TICKERS, lambda answer: answer["tickers"][0],
         {"symbol", "openInterest", "markPrice"}),
        ("funding_rate", documented.TICKERS, lambda answer: answer["tickers"][0],
         {"symbol", "fundingRate", "markPrice"}),
        ("funding_rate_history", documented.FUNDING_RATES, lambda answer: answer["rates"][0],
         {"timestamp", "relativeFundingRate"}),
        ("liquidation", documented.HISTORY, lambda answer: answer["history"][0],
         {"time", "type", "side", "size", "price", "uid"}),
        ("candle_trade", documented.CANDLES, lambda answer: answer["candles"][0],
         {"time", "open", "high", "low", "close", "volume"}),
    ],
)  # fmt: skip
def test_a_missing_field_is_refused(collector, payload, pick, needed):
    assert needed_fields(reading_named(KRAKEN, f"kraken_{collector}"), payload, pick, LINEAR) == needed


SPAN = {"since": "1767225600", "to": "1767311999", "interval": "300"}


@pytest.mark.parametrize(
    ("feed", "path", "query"),
    [
        ("tickers", "/derivatives/api/v3/tickers", {}),
        ("open_interest", "/api/charts/v1/analytics/PF_XBTUSD/open-interest", SPAN),
        ("long_short_ratio", "/api/charts/v1/analytics/PF_XBTUSD/long-short-ratio", SPAN),
        ("candle_trade", "/api/charts/v1/trade/PF_XBTUSD/5m", {"from": "1767225600", "to": "1767311999"}),
        ("candle_index", "/api/charts/v1/spot/PF_XBTUSD/5m", {"from": "1767225600", "to": "1767311999"}),
        ("funding_rate_history", "/derivatives/api/v4/historicalfundingrates", {"symbol": "PF_XBTUSD"}),
        ("liquidations", "/derivatives/api/v3/history", {"symbol": "PF_XBTUSD"}),
    ],
)
def test_requests(feed, path, query):
    answer = {"result": "success", "rates": []}
    assert sent_by(KRAKEN, feed_named(KRAKEN, feed), LINEAR, WINDOW, answers=answer) == [("GET", path, query)]


def test_a_page_of_settlements_is_shorter_than_the_years_of_them():
    feed = feed_named(KRAKEN, "funding_rate_history")
    assert feed.label_spacing * feed.page_rows == timedelta(days=366)


def test_recorded_answers(shared_data):
    def recorded(name):
        path = shared_data / f"exchange_fixtures/nautilus/kraken/http_futures_{name}.json"
        return json.loads(path.read_text())

    (ticker,) = read(reading_named(KRAKEN, "kraken_open_interest"), recorded("tickers"), INVERSE)
    assert (ticker["oi_native"], ticker["native_unit"]) == (21279580, "usd")
    assert ticker["stamped_at"] == utc("2025-11-17 00:34:37.524")
    (funding,) = read(reading_named(KRAKEN, "kraken_funding_rate"), recorded("tickers"), INVERSE)
    assert funding["rate_native"] == pytest.approx(-0.00036564565, rel=1e-6)
    settled = read(reading_named(KRAKEN, "kraken_funding_rate_history"), recorded("historical_funding_rates"), LINEAR)
    assert [row["rate_native"] for row in settled] == [0.0001, -0.00005, 0.00015]
    traded = read(reading_named(KRAKEN, "kraken_candle_trade"), recorded("candles_trade"), INVERSE)
    assert (traded[0]["volume_native"], traded[0]["native_unit"]) == (319499, "usd")
    marked = read(reading_named(KRAKEN, "kraken_candle_mark"), recorded("candles_mark"), INVERSE)
    assert (marked[0]["close_usd"], marked[0]["volume_native"]) == (91098.7132316333, None)


def test_recorded_instruments(shared_data):
    recorded = json.loads((shared_data / "exchange_fixtures/instruments_kraken_futures.json").read_text())
    listed = instruments_listed(KRAKEN, recorded["response"])
    assert {i.symbol_native for i in listed.values()} >= {"XBT", "ETH"}
    assert listed["pi_xbtusd"].contract_unit == "usd"
    assert {i.settlement for symbol, i in listed.items() if symbol.startswith(("pi_", "fi_"))} == {"inverse"}
