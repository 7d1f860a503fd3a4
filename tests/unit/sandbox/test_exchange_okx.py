"""OKX's responses: contracts, statistics labelled by the start of their bar, pages by before and after."""

import pytest
from exchange_support import NOON, ms

RUBIK = "/api/v5/rubik/stat/contracts"


def data(response):
    assert response["code"] == "0"
    return response["data"]


def test_instruments_and_their_sizes(venues):
    def names(kind):
        return {row["instId"]: row for row in data(venues.get("okx", "/api/v5/public/instruments", instType=kind))}

    swaps, futures = names("SWAP"), names("FUTURES")

    assert {name: (float(row["ctVal"]), row["ctValCcy"]) for name, row in swaps.items()} == {
        "BTC-USDT-SWAP": (0.01, "BTC"),
        "BTC-USD-SWAP": (100, "USD"),
        "PEPE-USDT-SWAP": (10_000_000, "PEPE"),
    }
    assert set(futures) == {"BTC-USDT-261225", "BTC-USD-261225"}


def test_open_interest_is_in_contracts_coins_and_usd(venues):
    rows = {row["instId"]: row for row in data(venues.get("okx", "/api/v5/public/open-interest", instType="SWAP"))}

    linear, inverse = rows["BTC-USDT-SWAP"], rows["BTC-USD-SWAP"]
    assert [float(linear[name]) for name in ("oi", "oiCcy", "oiUsd")] == pytest.approx(
        [8_432_000, 84_320, 84_320 * 100_434], rel=1e-12
    )
    assert float(inverse["oi"]) == pytest.approx(84_320 * 100_434 / 100, rel=1e-12)
    assert linear["ts"] == str(ms(NOON))


def test_statistics_have_the_value_at_the_bar_end_and_the_label_of_the_bar_start(venues):
    rows = data(venues.get("okx", f"{RUBIK}/open-interest-history", instId="BTC-USDT-SWAP", period="5m"))

    assert len(rows) == 100
    assert rows[0][0] == str(ms(NOON - 300))
    assert [float(value) for value in rows[0][1:]] == pytest.approx([8_432_000, 84_320, 84_320 * 100_434], rel=1e-12)


@pytest.mark.parametrize(("period", "hour"), [("1D", 16), ("1Dutc", 0), ("6H", 4), ("6Hutc", 6), ("4H", 8)])
def test_long_bars_follow_hong_kong_time_unless_utc(venues, period, hour):
    rows = data(venues.get("okx", f"{RUBIK}/open-interest-history", instId="BTC-USDT-SWAP", period=period))

    assert int(rows[0][0]) // 3_600_000 % 24 == hour


def test_statistics_between_two_instants(venues):
    asked = {"instId": "BTC-USDT-SWAP", "period": "5m", "begin": ms(NOON - 3000), "end": ms(NOON - 1500)}

    stamps = [int(row[0]) for row in data(venues.get("okx", f"{RUBIK}/open-interest-history", **asked))]

    assert (stamps[0], stamps[-1], len(stamps)) == (ms(NOON - 1500), ms(NOON - 3000), 6)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("contracts/long-short-account-ratio-contract", [1.5]),
        ("contracts/long-short-position-ratio-contract-top-trader", [3.0]),
        ("taker-volume-contract", [40 / 0.01, 60 / 0.01]),
    ],
)
def test_ratios_and_taker_volume(venues, path, expected):
    rows = data(venues.get("okx", f"/api/v5/rubik/stat/{path}", instId="BTC-USDT-SWAP", period="5m", limit=1))

    assert [float(value) for value in rows[0][1:]] == pytest.approx(expected)


def test_candles_exclude_before_and_after(venues):
    asked = {"instId": "BTC-USDT-SWAP", "bar": "5m", "before": ms(NOON - 900), "after": ms(NOON)}

    rows = data(venues.get("okx", "/api/v5/market/history-candles", **asked))

    assert [int(row[0]) for row in rows] == [ms(NOON - 300), ms(NOON - 600)]
    assert [float(value) for value in rows[0][1:8]] == pytest.approx(
        [100_431, 100_432, 100_431, 100_432, 10_000, 100, 10_043_150]
    )


def test_an_unfinished_candle_says_so(venues):
    venues.clock.now = NOON + 60
    rows = data(venues.get("okx", "/api/v5/market/candles", instId="BTC-USDT-SWAP", bar="5m", limit=2))

    assert [(int(row[0]), row[8]) for row in rows] == [(ms(NOON), "0"), (ms(NOON - 300), "1")]


def test_candles_of_mark_and_index(venues):
    asked = {"bar": "5m", "limit": 1}
    (mark,) = data(venues.get("okx", "/api/v5/market/history-mark-price-candles", instId="BTC-USD-SWAP", **asked))
    (index,) = data(venues.get("okx", "/api/v5/market/history-index-candles", instId="BTC-USD", **asked))

    assert (float(mark[1]), float(index[1]), mark[5]) == (100_433, 100_430, "1")


def test_the_settled_rate_is_the_realized_one(venues):
    asked = {"instId": "BTC-USDT-SWAP"}
    (now,) = data(venues.get("okx", "/api/v5/public/funding-rate", **asked))
    rows = data(venues.get("okx", "/api/v5/public/funding-rate-history", **asked))

    assert int(now["nextFundingTime"]) - int(now["fundingTime"]) == 8 * 3_600_000
    assert int(now["fundingTime"]) == ms(NOON + 4 * 3600)
    assert float(rows[0]["realizedRate"]) == pytest.approx(0.000104)
    assert rows[0]["fundingRate"] != rows[0]["realizedRate"]
    assert len(rows) == 5


def test_liquidations_are_orders_in_contracts_at_the_price_of_bankruptcy(venues):
    def orders(family):
        asked = {"instType": "SWAP", "uly": family, "state": "filled"}
        return data(venues.get("okx", "/api/v5/public/liquidation-orders", **asked))[0]

    linear, inverse = orders("BTC-USDT"), orders("BTC-USD")

    newest, oldest = linear["details"]
    assert (newest["side"], newest["posSide"], newest["ts"]) == ("buy", "short", str(ms(NOON - 100)))
    assert (oldest["side"], oldest["posSide"], float(oldest["bkPx"])) == ("sell", "long", 99_000)
    assert float(oldest["sz"]) == pytest.approx(200)
    assert float(inverse["details"][1]["sz"]) == pytest.approx(2 * 99_000 / 100)


def test_unknown_instruments_are_errors(venues):
    response = venues.get("okx", f"{RUBIK}/open-interest-history", instId="NOPE-USDT-SWAP", period="5m")

    assert response == {"code": "51001", "msg": "Instrument ID does not exist", "data": []}
