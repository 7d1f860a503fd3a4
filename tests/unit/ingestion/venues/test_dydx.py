"""dYdX: golden rows of documented, recorded and damaged responses, and the requests that it sends."""

import copy
import json
from datetime import datetime

import payloads_dydx as documented
import pytest
from wire_support import RECEIVED_AT, feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.dydx import DYDX

utc = datetime.fromisoformat
BTC = DYDX.parse_instrument({"info": documented.PERPETUAL_MARKETS["markets"]["BTC-USD"]})
OLD = DYDX.parse_instrument({"info": documented.PERPETUAL_MARKETS["markets"]["OLD-USD"]})
WINDOW = Window(utc("2026-01-01"), utc("2026-01-02"))


def picked(row, **expected):
    return {key: row[key] for key in expected}


def test_instruments():
    listed = instruments_listed(DYDX, documented.PERPETUAL_MARKETS)
    assert set(listed) == {"BTC-USD", "OLD-USD"}
    btc = listed["BTC-USD"]
    assert (btc.symbol_native, btc.quote, btc.settle) == ("BTC", "USD", "USDC")
    assert (btc.market_type, btc.settlement, btc.contract_unit, btc.contract_size) == ("perpetual", "linear", "base", 1)
    assert (btc.is_trading, listed["OLD-USD"].is_trading) == (True, False)
    assert "openInterest" not in btc.payload


def test_a_snapshot_is_of_the_followed_markets_at_the_receipt():
    (row,) = read(reading_named(DYDX, "dydx_open_interest"), documented.PERPETUAL_MARKETS, BTC)
    expected = {"symbol": "BTC-USD", "stamped_at": RECEIVED_AT, "native_field": "openInterest", "oi_native": 381.7348}
    expected |= {"native_unit": "base", "price_usd_native": 90000.5}
    assert picked(row, **expected) == expected
    (funding,) = read(reading_named(DYDX, "dydx_funding_rate"), documented.PERPETUAL_MARKETS, BTC)
    assert (funding["rate_native"], funding["funding_interval_hours"], funding["is_settled"]) == (1.25e-6, 1, False)


def test_a_candle_holds_open_interest_at_its_start():
    reading = reading_named(DYDX, "dydx_open_interest_history")
    (row,) = read(reading, documented.CANDLES, BTC)
    assert (row["stamped_at"], row["oi_native"]) == (utc("2026-01-01 00:05:00"), 381.5)
    assert (reading.label_convention, row["native_field"]) == ("instant", "startingOpenInterest")


def test_candles():
    (row,) = read(reading_named(DYDX, "dydx_candle_trade"), documented.CANDLES, BTC)
    prices = [row[f"{name}_usd"] for name in ("open", "high", "low", "close", "turnover")]
    assert prices == [89000, 90500, 88000, 90000, 292500]
    assert (row["volume_native"], row["native_unit"], row["price_kind"]) == (3.25, "base", "trade")


def test_settled_funding():
    (row,) = read(reading_named(DYDX, "dydx_funding_rate_history"), documented.HISTORICAL_FUNDING, BTC)
    assert (row["rate_native"], row["is_settled"]) == (-0.000002375, True)
    assert row["stamped_at"] == utc("2026-01-01 00:00:00.219")


def test_a_liquidation_that_sells_closes_a_long():
    sold, bought = read(reading_named(DYDX, "dydx_liquidation"), documented.TRADES, BTC)
    expected = {"event_id": "02ac5b1f0000000200000002", "position_side": "long", "quantity_native": 0.5}
    expected |= {"native_unit": "base", "price_usd_native": 89500, "price_kind": "fill", "coverage": "full"}
    expected |= {"stamped_at": utc("2026-01-01 00:03:00.250")}
    assert picked(sold, **expected) == expected
    assert bought["position_side"] == "short"


def test_an_unknown_side_is_refused():
    damaged = copy.deepcopy(documented.TRADES)
    damaged["trades"][0]["side"] = "HOLD"
    with pytest.raises(InputError, match="HOLD"):
        read(reading_named(DYDX, "dydx_liquidation"), damaged, BTC)


def test_an_answer_about_another_market_is_refused():
    with pytest.raises(InputError, match="requested ticker OLD-USD, the response is about BTC-USD"):
        read(reading_named(DYDX, "dydx_candle_trade"), documented.CANDLES, OLD)


@pytest.mark.parametrize(
    ("collector", "payload", "pick", "needed"),
    [
        (
            "open_interest",
            documented.PERPETUAL_MARKETS,
            lambda payload: payload["markets"]["BTC-USD"],
            {"ticker", "openInterest", "oraclePrice"},
        ),
        ("open_interest_history", documented.CANDLES, lambda payload: payload["candles"][0],
         {"ticker", "startedAt", "startingOpenInterest"}),
        ("funding_rate_history", documented.HISTORICAL_FUNDING, lambda payload: payload["historicalFunding"][0],
         {"ticker", "rate", "effectiveAt"}),
        ("liquidation", documented.TRADES, lambda payload: payload["trades"][0],
         {"id", "side", "size", "price", "type", "createdAt"}),
    ],
)  # fmt: skip
def test_a_missing_field_is_refused(collector, payload, pick, needed):
    assert needed_fields(reading_named(DYDX, f"dydx_{collector}"), payload, pick, BTC) == needed


@pytest.mark.parametrize(
    ("feed", "path", "query"),
    [
        ("perpetual_markets", "/v4/perpetualMarkets", {}),
        ("candle_trade", "/v4/candles/perpetualMarkets/BTC-USD", {
            "resolution": "5MINS", "fromISO": "2026-01-01T00:00:00.000Z", "toISO": "2026-01-02T00:00:00.000Z",
            "limit": "1000"}),
        ("funding_rate_history", "/v4/historicalFunding/BTC-USD",
         {"effectiveBeforeOrAt": "2026-01-01T23:59:59.999Z", "limit": "100"}),
        ("liquidations", "/v4/trades/perpetualMarket/BTC-USD", {"limit": "1000"}),
    ],
)  # fmt: skip
def test_requests(feed, path, query):
    assert sent_by(DYDX, feed_named(DYDX, feed), BTC, WINDOW, answers={}) == [("GET", path, query)]


@pytest.mark.parametrize(
    ("collector", "name", "expected"),
    [
        ("open_interest", "perpetual_markets", {"oi_native": 381.7348, "price_usd_native": 89919.2}),
        ("open_interest_history", "candles", {"oi_native": 381.7348, "stamped_at": utc("2025-12-08 16:11:00")}),
        ("candle_trade", "candles", {"close_usd": 89941, "volume_native": 3.2767}),
        ("funding_rate_history", "historical_funding", {"rate_native": 0.000002375}),
    ],
)
def test_recorded_answers(shared_data, collector, name, expected):
    recorded = json.loads((shared_data / f"exchange_fixtures/nautilus/dydx/http_get_{name}.json").read_text())
    row = read(reading_named(DYDX, f"dydx_{collector}"), recorded["result"], BTC)[0]
    assert picked(row, **expected) == expected
