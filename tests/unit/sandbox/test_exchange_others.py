"""Bitget, Gate, Hyperliquid, Deribit and CoinGecko responses against numbers calculated by hand."""

import pytest
from exchange_support import BEGINS_AT, NOON, ms

STATS = "/api/v4/futures/usdt/contract_stats"
GATE = "/api/v4/futures"
DERIBIT = "/api/v2/public"


def bitget(venues, path, **asked):
    answer = venues.get("bitget", path, **asked)
    assert answer["code"] == "00000"
    return answer["data"]


def deribit(venues, path, **asked):
    return venues.get("deribit", f"{DERIBIT}/{path}", **asked)["result"]


@pytest.mark.parametrize(("product", "symbol"), [("USDT-FUTURES", "BTCUSDT"), ("COIN-FUTURES", "BTCUSD")])
def test_bitget_counts_coins_of_linear_and_inverse(venues, product, symbol):
    (v2,) = bitget(venues, "/api/v2/mix/market/tickers", productType=product)
    (v3,) = bitget(venues, "/api/v3/market/tickers", category=product)
    alone = bitget(venues, "/api/v2/mix/market/open-interest", productType=product, symbol=symbol)

    assert v2["symbol"] == symbol
    assert float(v2["holdingAmount"]) == float(v3["openInterest"]) == 84_320
    assert float(alone["openInterestList"][0]["size"]) == 84_320
    assert v2["ts"] == str(ms(NOON))


def test_bitget_candles_end_before_the_end(venues):
    asked = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "granularity": "5m"}
    span = {"startTime": ms(NOON - 600), "endTime": ms(NOON)}
    venues.clock.now = NOON + 600

    rows = bitget(venues, "/api/v2/mix/market/history-candles", **asked, **span)
    (mark,) = bitget(venues, "/api/v2/mix/market/candles", **asked, kLineType="MARK", endTime=ms(NOON), limit=1)

    assert [int(row[0]) for row in rows] == [ms(NOON - 600), ms(NOON - 300)]
    assert [float(value) for value in rows[1][1:]] == pytest.approx(
        [100_431, 100_432, 100_431, 100_432, 100, 10_043_150]
    )
    assert float(mark[4]) == 100_434


def test_bitget_funding_is_paged_and_shares_have_their_true_ratio(venues):
    asked = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES"}
    pages = [
        bitget(venues, "/api/v2/mix/market/history-fund-rate", **asked, pageSize=3, pageNo=number) for number in (1, 2)
    ]
    (now,) = bitget(venues, "/api/v2/mix/market/current-fund-rate", **asked)
    share = bitget(venues, "/api/v2/mix/market/position-long-short", symbol="BTCUSDT", period="5m")[-1]

    assert [len(page) for page in pages] == [3, 2]
    assert float(pages[0][0]["fundingRate"]) == pytest.approx(0.000104)
    assert (now["fundingRateInterval"], now["nextUpdate"]) == ("8", str(ms(NOON + 4 * 3600)))
    assert (share["longPositionRatio"], share["longShortPositionRatio"], share["ts"]) == ("0.75", "3.0", str(ms(NOON)))


def test_bitget_liquidations_are_position_sides_and_quote_amounts(venues):
    page = bitget(venues, "/api/v3/market/liquidations", category="USDT-FUTURES", limit=1)
    rest = bitget(venues, "/api/v3/market/liquidations", category="USDT-FUTURES", limit=1, cursor=page["cursor"])

    assert page["list"] == [
        {"symbol": "BTCUSDT", "side": "sell", "price": "101000.0", "amount": "303000.0", "ts": str(ms(NOON - 100))}
    ]
    assert (rest["list"][0]["side"], rest["list"][0]["amount"], rest["cursor"]) == ("buy", "198000.0", "")


def test_gate_counts_contracts_of_coins_and_of_one_usd(venues):
    linear = {row["contract"]: row for row in venues.get("gate", f"{GATE}/usdt/tickers")}
    (inverse,) = venues.get("gate", f"{GATE}/btc/tickers")
    sizes = {row["name"]: row["quanto_multiplier"] for row in venues.get("gate", f"{GATE}/usdt/contracts")}

    assert float(linear["BTC_USDT"]["total_size"]) == pytest.approx(84_320 / 0.0001, rel=1e-12)
    assert float(inverse["total_size"]) == pytest.approx(84_320 * 100_434, rel=1e-12)
    assert float(sizes["BTC_USDT"]) == 0.0001
    assert venues.get("gate", f"{GATE}/btc/contracts/BTC_USD")["quanto_multiplier"] == "0"


def test_gate_statistics_hold_everything_of_the_bar_that_ends(venues):
    asked = {"contract": "BTC_USDT", "interval": "5m"}
    newest = venues.get("gate", STATS, **asked)
    (row,) = venues.get("gate", STATS, **asked, **{"from": NOON - 1800, "limit": 1})

    assert (len(newest), newest[-1]["time"], row["time"]) == (30, NOON, NOON - 1800)
    assert row["open_interest"] == pytest.approx((84_320 - 60) / 0.0001, rel=1e-12)
    assert row["open_interest_usd"] == pytest.approx((84_320 - 60) * (100_434 - 6), rel=1e-12)
    assert row["top_lsr_size"] == pytest.approx(3)
    assert row["lsr_taker"] == pytest.approx(1.5)
    # Only the long that was closed one second before 11:30.
    assert (row["long_liq_amount"], row["long_liq_usd"], row["short_liq_amount"]) == (2, 200_000, 0)
    assert newest[-1]["short_liq_size"] == pytest.approx(30_000)


def test_gate_liquidations_of_an_hour_are_sizes_of_positions(venues):
    asked = {"contract": "BTC_USDT", "from": NOON - 3600, "to": NOON}
    newest, oldest = venues.get("gate", f"{GATE}/usdt/liq_orders", **asked)
    refused = venues.response("gate", f"{GATE}/usdt/liq_orders", **asked | {"from": NOON - 3601})

    assert (newest["time"], newest["size"], newest["order_size"]) == (
        NOON - 100,
        pytest.approx(-30_000),
        pytest.approx(30_000),
    )
    assert (oldest["size"], oldest["order_price"], oldest["fill_price"]) == (
        pytest.approx(20_000),
        "99000.0",
        "100000.0",
    )
    assert refused.status_code == 400


def test_gate_candles_of_three_prices_and_funding(venues):
    def candle(name):
        asked = {"contract": name, "interval": "5m", "from": NOON - 300, "to": NOON - 1}
        return venues.get("gate", f"{GATE}/usdt/candlesticks", **asked)[0]

    last, mark, index = candle("BTC_USDT"), candle("mark_BTC_USDT"), candle("index_BTC_USDT")
    funding = venues.get("gate", f"{GATE}/usdt/funding_rate", contract="BTC_USDT", limit=1)

    assert (last["t"], float(last["o"]), float(mark["o"]), float(index["o"])) == (NOON - 300, 100_431, 100_433, 100_430)
    assert last["v"] == pytest.approx(1_000_000)
    assert "v" not in mark
    assert [(row["t"], float(row["r"])) for row in funding] == [(NOON - 4 * 3600, pytest.approx(0.000104))]


def test_hyperliquid_counts_both_sides_without_timestamps(venues):
    meta, contexts = venues.post("hyperliquid", "/info", {"type": "metaAndAssetCtxs"})

    assert [coin["name"] for coin in meta["universe"]] == ["BTC", "kPEPE"]
    assert float(contexts[0]["openInterest"]) == 2 * 84_320
    assert float(contexts[1]["openInterest"]) == pytest.approx(2 * 84_320e10 / 1000, rel=1e-12)
    assert float(contexts[1]["markPx"]) == pytest.approx(100_434e-7, rel=1e-12)
    assert not {"time", "ts", "timestamp"} & set(contexts[0])


def test_hyperliquid_candles_and_funding(venues):
    asked = {"coin": "BTC", "interval": "5m", "startTime": ms(NOON - 300), "endTime": ms(NOON - 1)}
    (candle,) = venues.post("hyperliquid", "/info", {"type": "candleSnapshot", "req": asked})
    rows = venues.post("hyperliquid", "/info", {"type": "fundingHistory", "coin": "BTC", "startTime": ms(BEGINS_AT)})
    unknown = venues.post("hyperliquid", "/info", {"type": "fundingHistory", "coin": "NOPE", "startTime": 0})

    assert (candle["t"], candle["T"], float(candle["o"]), float(candle["v"])) == (
        ms(NOON - 300),
        ms(NOON) - 1,
        100_431,
        100,
    )
    # The settlement of noon has the timestamp of a block some milliseconds later.
    assert len(rows) == 36
    assert float(rows[0]["fundingRate"]) == 0.0001
    assert 0 <= rows[1]["time"] - ms(BEGINS_AT + 3600) < 100
    assert "Invalid symbol NOPE" in unknown


def test_deribit_counts_usd_of_inverse_and_coins_of_linear(venues):
    of_btc = {row["instrument_name"]: row for row in deribit(venues, "get_book_summary_by_currency", currency="BTC")}
    (linear,) = deribit(venues, "get_book_summary_by_currency", currency="USDC", kind="future")

    assert set(of_btc) == {"BTC-PERPETUAL", "BTC-25DEC26"}
    assert of_btc["BTC-PERPETUAL"]["open_interest"] == 84_320 * 100_434
    assert (linear["instrument_name"], linear["open_interest"]) == ("BTC_USDC-PERPETUAL", 84_320)
    assert linear["creation_timestamp"] == ms(NOON)


def test_deribit_charts_and_hourly_interest(venues):
    span = {"instrument_name": "BTC-PERPETUAL", "start_timestamp": ms(NOON - 600), "end_timestamp": ms(NOON - 1)}
    chart = deribit(venues, "get_tradingview_chart_data", **span, resolution="5")
    rows = deribit(
        venues, "get_funding_rate_history", **span | {"start_timestamp": ms(NOON - 3601), "end_timestamp": ms(NOON)}
    )

    assert chart["ticks"] == [ms(NOON - 600), ms(NOON - 300)]
    assert (chart["open"][1], chart["volume"][1]) == (100_431, pytest.approx(100))
    assert chart["cost"][1] == pytest.approx(10_043_150)
    assert rows[-1]["interest_1h"] == pytest.approx(0.0001 + 36e-6)
    assert rows[-1]["interest_8h"] == pytest.approx(sum(0.0001 + hour * 1e-6 for hour in range(29, 37)))


@pytest.mark.parametrize(("symbol", "amounts"), [("BTC-PERPETUAL", [200_000, 301_500]), ("BTC_USDC-PERPETUAL", [2, 3])])
def test_deribit_liquidations_are_trades_with_a_flag(venues, symbol, amounts):
    asked = {"instrument_name": symbol, "start_timestamp": ms(NOON - 1900), "end_timestamp": ms(NOON - 1)}
    answer = deribit(venues, "get_last_trades_by_instrument_and_time", **asked, sorting="asc", count=100)

    forced = [trade for trade in answer["trades"] if "liquidation" in trade]
    assert len(answer["trades"]) == 2 + 6
    # 11:29:59 is an odd second, so the maker's order closed the long and the taker bought.
    assert [(trade["liquidation"], trade["direction"]) for trade in forced] == [("M", "buy"), ("T", "buy")]
    assert [trade["amount"] for trade in forced] == pytest.approx(amounts)
    assert answer["has_more"] is False


def test_coingecko_has_price_supply_and_market_cap(venues):
    (coin,) = venues.get("coingecko", "/api/v3/coins/markets", vs_currency="usd", ids="bitcoin,ethereum")

    assert (coin["id"], coin["current_price"], coin["circulating_supply"]) == ("bitcoin", 100_431, 20_000_000)
    assert coin["market_cap"] == 100_431 * 20_000_000
    assert coin["last_updated"] == "2026-11-22T12:00:00.000Z"
