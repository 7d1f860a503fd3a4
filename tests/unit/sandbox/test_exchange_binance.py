"""Binance's responses: base coins of USD-M, contracts and coins of COIN-M, against numbers calculated by hand."""

import pytest
from exchange_support import BEGINS_AT, DAY, ENDS_AT, EXPIRES_AT, NOON, ms


def rows_of(rows, name):
    return [float(row[name]) for row in rows]


def test_exchange_info_names_the_contracts(venues):
    um = {row["symbol"]: row for row in venues.get("binance_um", "/fapi/v1/exchangeInfo")["symbols"]}
    cm = {row["symbol"]: row for row in venues.get("binance_cm", "/dapi/v1/exchangeInfo")["symbols"]}

    assert set(um) == {"BTCUSDT", "1000PEPEUSDT", "BTCUSDT_261225"}
    assert um["BTCUSDT_261225"]["contractType"] == "CURRENT_QUARTER"
    assert um["BTCUSDT_261225"]["deliveryDate"] == ms(EXPIRES_AT)
    assert um["1000PEPEUSDT"]["baseAsset"] == "1000PEPE"
    assert {symbol: row["contractSize"] for symbol, row in cm.items()} == {"BTCUSD_PERP": 100, "BTCUSD_261225": 100}


def test_current_open_interest_is_between_its_bar_ends(venues):
    venues.clock.now = NOON + 150.25

    answer = venues.get("binance_um", "/fapi/v1/openInterest", symbol="BTCUSDT")

    assert answer["time"] == ms(NOON) + 150_250
    assert float(answer["openInterest"]) == pytest.approx(84_320 + 10 * 150.25 / 300, rel=1e-12)


def test_open_interest_of_coin_m_is_in_contracts_of_100_usd(venues):
    answer = venues.get("binance_cm", "/dapi/v1/openInterest", symbol="BTCUSD_PERP")

    assert float(answer["openInterest"]) == pytest.approx(84_320 * 100_434 / 100, rel=1e-12)


def test_pepe_is_counted_in_thousands(venues):
    answer = venues.get("binance_um", "/fapi/v1/openInterest", symbol="1000PEPEUSDT")
    price = venues.get("binance_um", "/fapi/v1/premiumIndex", symbol="1000PEPEUSDT")

    assert float(answer["openInterest"]) == pytest.approx(84_320e10 / 1000, rel=1e-12)
    assert float(price["markPrice"]) == pytest.approx(100_434e-10 * 1000, rel=1e-12)


def test_open_interest_history_is_labelled_by_the_end_and_has_the_supply(venues):
    path, asked = "/futures/data/openInterestHist", {"symbol": "BTCUSDT", "period": "5m"}

    newest = venues.get("binance_um", path, **asked)
    first = venues.get("binance_um", path, **asked, startTime=ms(BEGINS_AT), endTime=ms(ENDS_AT), limit=2)

    assert len(newest) == 30
    assert newest[-1] == {
        "symbol": "BTCUSDT",
        "sumOpenInterest": "84320.0",
        "sumOpenInterestValue": f"{84_320 * 100_434}.0",
        "CMCCirculatingSupply": "20000000.0",
        "timestamp": ms(NOON),
    }
    assert [row["timestamp"] for row in first] == [ms(BEGINS_AT), ms(BEGINS_AT + 300)]
    assert rows_of(first, "sumOpenInterest") == [80_000, 80_010]


def test_history_of_coin_m_is_in_contracts_and_coins_and_sums_types_by_default(venues):
    path, asked = "/futures/data/openInterestHist", {"pair": "BTCUSD", "period": "1h", "limit": 1}

    (perpetual,) = venues.get("binance_cm", path, **asked, contractType="PERPETUAL")
    (everything,) = venues.get("binance_cm", path, **asked)

    assert float(perpetual["sumOpenInterest"]) == pytest.approx(84_320 * 100_434 / 100, rel=1e-12)
    assert float(perpetual["sumOpenInterestValue"]) == 84_320
    assert float(everything["sumOpenInterestValue"]) == 2 * 84_320


def test_history_holds_no_more_than_500_rows_and_30_days(venues):
    path, asked = "/futures/data/openInterestHist", {"symbol": "BTCUSDT", "period": "5m"}

    assert len(venues.get("binance_um", path, **asked, limit=1000)) == 433
    refused = venues.response("binance_um", path, **asked, startTime=ms(NOON - 31 * DAY))

    assert (refused.status_code, refused.json()["code"]) == (400, -1130)


def test_klines_hold_the_path_of_the_price_and_an_unfinished_bar(venues):
    venues.clock.now = NOON + 600
    rows = venues.get("binance_um", "/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=2)

    before, now = rows
    assert before[0] == ms(NOON - 3600)
    assert [float(value) for value in before[1:6]] == [100_420, 100_432, 100_420, 100_432, 1_200]
    assert before[6] == ms(NOON) - 1
    assert [float(value) for value in now[1:6]] == [100_432, 100_434, 100_432, 100_434, 200]
    # The volume in USD uses the mean price of each bar: 100 x (100,432.5 + 100,433.5). Takers bought 60 %.
    assert [float(now[7]), float(now[9]), float(now[10])] == pytest.approx([20_086_600, 120, 12_051_960], rel=1e-9)


def test_klines_of_coin_m_trade_contracts(venues):
    (row,) = venues.get(
        "binance_cm", "/dapi/v1/klines", symbol="BTCUSD_PERP", interval="5m", startTime=ms(NOON - 300), limit=1
    )

    assert float(row[5]) == pytest.approx(100 * 100_431.5 / 100, rel=1e-9)
    assert float(row[7]) == pytest.approx(100, rel=1e-9)


def test_klines_of_mark_and_index(venues):
    asked = {"interval": "5m", "startTime": ms(NOON - 300), "limit": 1}

    (mark,) = venues.get("binance_um", "/fapi/v1/markPriceKlines", symbol="BTCUSDT", **asked)
    (index,) = venues.get("binance_um", "/fapi/v1/indexPriceKlines", pair="BTCUSDT", **asked)

    assert (float(mark[1]), float(mark[4]), mark[5]) == (100_433, 100_434, "0.0")
    assert (float(index[1]), float(index[4])) == (100_430, 100_431)


def test_funding_is_settled_and_only_unusual_intervals_are_listed(venues):
    rates = venues.get("binance_um", "/fapi/v1/fundingRate", symbol="BTCUSDT")
    now = {row["symbol"]: row for row in venues.get("binance_um", "/fapi/v1/premiumIndex")}
    infos = venues.get("binance_um", "/fapi/v1/fundingInfo")

    # Settlements: 0:00, 8:00 and 16:00 of the first day, and two on the second day.
    assert rows_of(rates, "fundingRate") == pytest.approx([0.0001 + 1e-6 * number for number in range(5)])
    assert rates[-1]["fundingTime"] == ms(NOON - 4 * 3600)
    assert now["BTCUSDT"]["nextFundingTime"] == ms(NOON + 4 * 3600)
    assert float(now["BTCUSDT"]["lastFundingRate"]) == pytest.approx(0.000104)
    assert (now["BTCUSDT_261225"]["lastFundingRate"], now["BTCUSDT_261225"]["nextFundingTime"]) == ("", 0)
    assert [(row["symbol"], row["fundingIntervalHours"]) for row in infos] == [("1000PEPEUSDT", 4)]


@pytest.mark.parametrize(
    ("path", "ratio", "long"),
    [
        ("globalLongShortAccountRatio", 1.5, 0.6),
        ("topLongShortAccountRatio", 1.5, 0.6),
        ("topLongShortPositionRatio", 3.0, 0.75),
    ],
)
def test_ratios_of_longs_to_shorts(venues, path, ratio, long):
    (row,) = venues.get("binance_um", f"/futures/data/{path}", symbol="BTCUSDT", period="5m", limit=1)

    assert row["timestamp"] == ms(NOON)
    assert (float(row["longShortRatio"]), float(row["longAccount"])) == pytest.approx((ratio, long))


def test_taker_volume_is_labelled_by_the_start(venues):
    (row,) = venues.get("binance_um", "/futures/data/takerlongshortRatio", symbol="BTCUSDT", period="5m", limit=1)

    assert row["timestamp"] == ms(NOON - 300)
    assert [float(row[name]) for name in ("buySellRatio", "buyVol", "sellVol")] == pytest.approx([1.5, 60, 40])


def test_unknown_symbols_and_missing_parameters_are_errors(venues):
    unknown = venues.response("binance_um", "/fapi/v1/openInterest", symbol="NOPEUSDT")
    missing = venues.response("binance_um", "/fapi/v1/openInterest")

    assert (unknown.status_code, unknown.json()["code"]) == (400, -1121)
    assert (missing.status_code, missing.json()["code"]) == (400, -1102)
