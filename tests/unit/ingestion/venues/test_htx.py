"""HTX: golden rows of documented and damaged responses, recorded instruments, and the requests that it sends."""

import copy
import json
from datetime import datetime

import payloads_htx as documented
import pytest
from wire_support import against_venue, feed_named, instruments_listed, needed_fields, read, reading_named, sent_by

from common.errors import InputError
from ingestion.api.feed import Window
from ingestion.venues.htx import HTX

utc = datetime.fromisoformat
LINEAR, LINEAR_DATED, INVERSE, INVERSE_DATED = (
    HTX.parse_instrument({"info": info})
    for info in (documented.LINEAR_SWAP, documented.LINEAR_DATED, documented.INVERSE_SWAP, documented.INVERSE_DATED)
)
WINDOW = Window(utc("2026-01-01"), utc("2026-01-01 01:00:00"))
SPAN = {"start_time": "1767225600000", "end_time": "1767229199999"}
# ccxt also requests the coins of the spot market when it loads the contracts.
NO_CURRENCIES = {"code": 200, "data": []}
FROM_TO = {"period": "5min", "from": "1767225600", "to": "1767229199"}


def picked(row, **expected):
    return {key: row[key] for key in expected}


def inside(payload, *path):
    """Return the list at ``path`` as the response that the request hands to the parser."""
    for step in path:
        payload = payload[step]
    return {"data": payload}


def test_instruments():
    listed = instruments_listed(HTX, lambda path, _: documented.CONTRACT_LISTS.get(path, NO_CURRENCIES))
    assert set(listed) == {"BTC-USDT", "BTC-USDT-260327", "BTC-USD", "BTC260327"}
    linear, dated, inverse, inverse_dated = listed.values()
    assert (linear.symbol_native, linear.quote, linear.settle) == ("BTC", "USDT", "USDT")
    assert (linear.settlement, linear.contract_unit, linear.contract_size) == ("linear", "base", 0.001)
    assert (linear.market_type, linear.listed_at, linear.expiry_at) == ("perpetual", utc("2020-10-21"), None)
    assert (dated.market_type, dated.expiry_at) == ("dated", utc("2026-03-27 08:00:00"))
    assert (linear.is_trading, dated.is_trading) == (True, False)
    assert (inverse.quote, inverse.settle, inverse.contract_unit, inverse.contract_size) == ("USD", "BTC", "usd", 100)
    assert (inverse.market_type, inverse_dated.market_type) == ("perpetual", "dated")


def test_a_wrong_day_of_listing_is_refused():
    with pytest.raises(InputError, match="create_date holds '2020-10'"):
        HTX.parse_instrument({"info": {**documented.LINEAR_SWAP, "create_date": "2020-10"}})


def test_open_interest_linear():
    reading = reading_named(HTX, "htx_open_interest_linear")
    (row,) = read(reading, documented.OPEN_INTEREST_LINEAR, LINEAR)
    expected = {"stamped_at": utc("2026-01-01 00:00:01.250"), "native_field": "volume", "oi_native": 32476092}
    # 32476.092 coins at 90000 USD.
    expected |= {"native_unit": "contract", "value_usd_native": 2922848280, "price_usd_native": None}
    assert picked(row, **expected) == expected
    with pytest.raises(InputError, match="requested contract_code BTC-USDT-260327"):
        read(reading, documented.OPEN_INTEREST_LINEAR, LINEAR_DATED)


def test_open_interest_inverse_is_of_the_followed_contracts():
    (row,) = read(reading_named(HTX, "htx_open_interest_inverse"), documented.OPEN_INTEREST_INVERSE, INVERSE)
    assert (row["symbol"], row["oi_native"], row["value_usd_native"]) == ("BTC-USD", 518018, None)


def test_open_interest_history_in_contracts():
    history = inside(documented.OPEN_INTEREST_HISTORY, "data", "tick")
    row = read(reading_named(HTX, "htx_open_interest_history_linear"), history, LINEAR)[0]
    assert (row["oi_native"], row["native_unit"], row["stamped_at"]) == (4385435, "contract", utc("2026-01-01"))
    in_coins = copy.deepcopy(history)
    in_coins["data"][0]["amount_type"] = "2"
    with pytest.raises(InputError, match="amount_type holds '2'"):
        read(reading_named(HTX, "htx_open_interest_history_linear"), in_coins, LINEAR)


def test_rows_outside_of_the_window_are_another_pages():
    feed = feed_named(HTX, "open_interest_history_linear")
    payload = documented.OPEN_INTEREST_HISTORY
    answer, requests = against_venue(HTX, payload, lambda exchange: feed.request(exchange, LINEAR, WINDOW))
    assert [row["ts"] for row in answer["data"]] == ["1767225600000"]
    asked = {"contract_code": "BTC-USDT", "contract_type": "swap", "period": "60min", "amount_type": "1", "size": "200"}
    assert requests == [("GET", "/linear-swap-api/v1/swap_his_open_interest", asked)]


def test_current_funding_states_its_interval():
    (row,) = read(reading_named(HTX, "htx_funding_rate_linear"), documented.FUNDING_RATE, LINEAR)
    assert (row["rate_native"], row["funding_interval_hours"], row["is_settled"]) == (0.000083, 4, False)
    (inverse,) = read(reading_named(HTX, "htx_funding_rate_inverse"), documented.FUNDING_RATE_INVERSE, INVERSE)
    assert (inverse["rate_native"], inverse["funding_interval_hours"]) == (0.0001, None)


def test_settled_funding():
    (row,) = read(reading_named(HTX, "htx_funding_rate_history_linear"), documented.SETTLED_LINEAR, LINEAR)
    assert (row["rate_native"], row["stamped_at"], row["is_settled"]) == (-0.0001, utc("2026-01-01"), True)


def test_settlements_of_inverse_swaps_are_walked_from_the_newest():
    def page_of(_, query):
        ends = {"1": 1767254400000, "2": 1767225600000, "3": 1767196800000}[query["page_index"]]
        row = {"contract_code": "BTC-USD", "funding_rate": "0.0001", "funding_time": str(ends)}
        return {"status": "ok", "data": {"total_page": 9, "current_page": 1, "data": [row]}}

    feed = feed_named(HTX, "funding_rate_history_inverse")
    answer, requests = against_venue(HTX, page_of, lambda exchange: feed.request(exchange, INVERSE, WINDOW))
    assert [row["funding_time"] for row in answer["data"]] == ["1767225600000"]
    assert [query["page_index"] for _, _, query in requests] == ["1", "2", "3"]
    (row,) = read(reading_named(HTX, "htx_funding_rate_history_inverse"), answer, INVERSE)
    assert row["symbol"] == "BTC-USD"


def test_candles_count_a_trade_once():
    (row,) = read(reading_named(HTX, "htx_candle_trade_linear"), documented.CANDLES, LINEAR)
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [89000, 90500, 88000, 90000]
    assert (row["volume_native"], row["native_unit"], row["turnover_usd"]) == (1500, "contract", 135000)
    assert row["stamped_at"] == utc("2026-01-01")
    (inverse,) = read(reading_named(HTX, "htx_candle_trade_inverse"), documented.CANDLES, INVERSE)
    assert inverse["turnover_usd"] is None


@pytest.mark.parametrize("basis", ["top_accounts", "top_positions"])
def test_elite_ratios(basis):
    payload = inside(documented.ELITE_RATIO, "data", "list")
    (row,) = read(reading_named(HTX, f"htx_long_short_{basis}_linear"), payload, LINEAR)
    assert (row["long_native"], row["short_native"], row["basis"]) == (0.6, 0.3, basis)


def test_a_liquidation_is_of_the_side_of_the_position():
    (linear,) = read(reading_named(HTX, "htx_liquidation_linear"), documented.LIQUIDATIONS_LINEAR, LINEAR)
    expected = {"event_id": "150153038758", "position_side": "short", "quantity_native": 2, "native_unit": "contract"}
    expected |= {"price_usd_native": 90500.5, "price_kind": "bankruptcy", "coverage": "full"}
    expected |= {"stamped_at": utc("2026-01-01 00:00:01.165")}
    assert picked(linear, **expected) == expected
    (inverse,) = read(reading_named(HTX, "htx_liquidation_inverse"), documented.LIQUIDATIONS_INVERSE, INVERSE)
    # The order sold: a long was closed.
    assert (inverse["event_id"], inverse["position_side"], inverse["quantity_native"]) == ("452057", "long", 479)


def test_a_full_answer_of_liquidations_may_have_left_some_out():
    full = {**documented.LIQUIDATIONS_LINEAR, "data": documented.LIQUIDATIONS_LINEAR["data"] * 100}
    rows = read(reading_named(HTX, "htx_liquidation_linear"), full, LINEAR)
    assert {row["coverage"] for row in rows} == {"sampled"}


@pytest.mark.parametrize(("field", "value"), [("position_side", "both"), ("id", ""), ("contract_code", "ETH-USDT")])
def test_a_damaged_liquidation_is_refused(field, value):
    damaged = {"data": [{**documented.LIQUIDATIONS_LINEAR["data"][0], field: value}]}
    with pytest.raises(InputError, match=value or field):
        read(reading_named(HTX, "htx_liquidation_linear"), damaged, LINEAR)


@pytest.mark.parametrize(
    ("collector", "payload", "pick", "needed"),
    [
        ("open_interest_linear", documented.OPEN_INTEREST_LINEAR, lambda answer: answer["data"],
         {"contract_code", "volume", "value"}),
        ("funding_rate_linear", documented.FUNDING_RATE, lambda answer: answer["data"][0],
         {"contract_code", "funding_rate", "funding_time", "next_funding_time"}),
        ("candle_trade_linear", documented.CANDLES, lambda answer: answer["data"][0],
         {"id", "open", "high", "low", "close", "vol", "trade_turnover"}),
        ("long_short_top_accounts_linear", inside(documented.ELITE_RATIO, "data", "list"),
         lambda answer: answer["data"][0], {"buy_ratio", "sell_ratio", "ts"}),
        ("liquidation_linear", documented.LIQUIDATIONS_LINEAR, lambda answer: answer["data"][0],
         {"id", "contract_code", "liquidation_time", "position_side", "volume", "bankrupt_price"}),
    ],
)  # fmt: skip
def test_a_missing_field_is_refused(collector, payload, pick, needed):
    assert needed_fields(reading_named(HTX, f"htx_{collector}"), payload, pick, LINEAR) == needed


@pytest.mark.parametrize(
    ("feed", "instrument", "path", "query"),
    [
        ("open_interest_linear", LINEAR, "/v5/market/open_interest", {"contract_code": "BTC-USDT"}),
        ("open_interest_inverse", None, "/swap-api/v1/swap_open_interest", {}),
        ("open_interest_inverse_dated", None, "/api/v1/contract_open_interest", {}),
        ("funding_rate_linear", LINEAR, "/v5/market/funding_rate", {"contract_code": "BTC-USDT"}),
        ("funding_rate_inverse", None, "/swap-api/v1/swap_batch_funding_rate", {}),
        ("funding_rate_history_linear", LINEAR, "/v5/market/funding_rate_history",
         {"contract_code": "BTC-USDT", **SPAN, "limit": "100"}),
        ("candle_trade_linear", LINEAR, "/linear-swap-ex/market/history/kline",
         {"contract_code": "BTC-USDT", **FROM_TO}),
        ("candle_trade_inverse", INVERSE, "/swap-ex/market/history/kline", {"contract_code": "BTC-USD", **FROM_TO}),
        ("candle_trade_inverse_dated", INVERSE_DATED, "/market/history/kline", {"symbol": "BTC260327", **FROM_TO}),
        ("long_short_top_accounts_linear", LINEAR, "/linear-swap-api/v1/swap_elite_account_ratio",
         {"contract_code": "BTC-USDT", "period": "5min"}),
        ("long_short_top_positions_inverse", INVERSE, "/swap-api/v1/swap_elite_position_ratio",
         {"contract_code": "BTC-USD", "period": "5min"}),
        ("liquidations_linear", LINEAR, "/v5/market/liquidation_orders",
         {"contract_code": "BTC-USDT", **SPAN, "limit": "100"}),
        ("liquidations_inverse", INVERSE, "/swap-api/v3/swap_liquidation_orders",
         {"contract": "BTC-USD", "trade_type": "0", **SPAN}),
    ],
)  # fmt: skip
def test_requests(feed, instrument, path, query):
    answer = {"status": "ok", "data": {"list": []}}
    assert sent_by(HTX, feed_named(HTX, feed), instrument, WINDOW, answers=answer) == [("GET", path, query)]


@pytest.mark.parametrize(
    ("kind", "feeds"),
    [
        (LINEAR, {"open_interest_linear", "open_interest_history_linear", "funding_rate_linear", "candle_trade_linear",
                  "funding_rate_history_linear", "long_short_top_accounts_linear", "long_short_top_positions_linear",
                  "liquidations_linear"}),
        (LINEAR_DATED, {"open_interest_linear", "candle_trade_linear"}),
        (INVERSE_DATED, {"open_interest_inverse_dated", "candle_trade_inverse_dated"}),
    ],
)  # fmt: skip
def test_what_each_kind_of_contract_has(kind, feeds):
    assert {feed.name for feed in HTX.feeds if feed.applies_to(kind)} == feeds


def test_recorded_instruments(shared_data):
    lists = dict.fromkeys(documented.CONTRACT_LISTS, documented.CONTRACT_LISTS["/api/v1/contract_contract_info"])
    for kind, path in (("linear", "/linear-swap-api/v1/"), ("inverse", "/swap-api/v1/")):
        recorded = json.loads((shared_data / f"exchange_fixtures/instruments_huobi_swap_{kind}.json").read_text())
        lists[f"{path}swap_contract_info"] = recorded["response"]
    listed = instruments_listed(HTX, lambda path, _: lists.get(path, NO_CURRENCIES))
    sizes = {symbol: instrument.contract_size for symbol, instrument in listed.items()}
    assert sizes == {
        "BTC-USDT": 0.001, "ETH-USDT": 0.01, "BNB-USDT": 0.1, "BTC-USD": 100, "ETH-USD": 10, "BTC260327": 100,
    }  # fmt: skip
