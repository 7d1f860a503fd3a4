"""Every staged failure as a client receives it, and which requests a fault affects."""

import json
import time

import httpx
import pytest
from exchange_support import NOON, ms

from sandbox.faults import (
    EFFECTS,
    ContractSize,
    Duplicated,
    Effect,
    Empty,
    Fault,
    Late,
    Malformed,
    MissingField,
    Renamed,
    Reordered,
    Restated,
    Silence,
    Skewed,
    Slow,
    StaleOi,
    Status,
    Truncated,
    WrongType,
    ZeroOi,
    described,
    fault_of,
)

HISTORY = "/futures/data/openInterestHist"
ASKED = {"symbol": "BTCUSDT", "period": "5m", "limit": 4}


@pytest.fixture
def stage(venues):
    def put(effect, api_id="binance_um", **aim):
        venues.sandbox.faults.add(Fault(effect, api_id, **aim))

    return put


@pytest.fixture
def history(venues):
    """The last four rows of open interest, oldest first: value, and label as a number of bars before noon."""

    def read():
        rows = venues.get("binance_um", HISTORY, **ASKED)
        return [(float(row["sumOpenInterest"]), (NOON - row["timestamp"] // 1000) // 300) for row in rows]

    return read


WITHOUT_FAULT = [(84_290, 3), (84_300, 2), (84_310, 1), (84_320, 0)]


@pytest.mark.parametrize(("status", "after"), [(429, None), (429, 7), (418, 120), (500, None), (503, None)])
def test_a_status_with_and_without_retry_after(venues, stage, status, after):
    stage(Status(status, after))

    response = venues.response("binance_um", HISTORY, **ASKED)

    assert response.status_code == status
    assert response.headers.get("Retry-After") == (None if after is None else str(after))
    assert response.headers["x-simulated"] == "true"


def test_a_fault_affects_as_many_requests_as_its_times(venues, stage):
    stage(Status(500), times=2)

    statuses = [venues.response("binance_um", HISTORY, **ASKED).status_code for _ in range(3)]

    assert statuses == [500, 500, 200]


def test_a_fault_affects_only_its_api_its_path_and_its_symbol(venues, stage):
    stage(Status(500), path="/futures/data/*", symbol="BTCUSDT")

    def status(api_id, path, **asked):
        return venues.response(api_id, path, **asked).status_code

    assert status("binance_um", HISTORY, **ASKED) == 500
    assert status("binance_um", HISTORY, **ASKED | {"symbol": "1000PEPEUSDT"}) == 200
    assert status("binance_um", "/fapi/v1/openInterest", symbol="BTCUSDT") == 200
    assert status("binance_cm", HISTORY, pair="BTCUSD", period="5m") == 200


def test_faults_are_cleared(venues, stage):
    stage(Status(500))
    venues.sandbox.faults.clear()

    assert venues.response("binance_um", HISTORY, **ASKED).status_code == 200


def test_silence_never_responds(venues, stage):
    stage(Silence())

    with pytest.raises(httpx.ReadTimeout):
        httpx.get(venues.sandbox.base_urls["binance_um"] + "/fapi/v1/ping", timeout=0.3)


def test_slow_responds_late(venues, stage):
    stage(Slow(0.3))
    began = time.monotonic()

    assert venues.get("binance_um", "/fapi/v1/ping") == {}
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("effect", [Truncated(), Malformed()])
def test_a_broken_text_is_not_json(venues, stage, effect):
    whole = venues.response("binance_um", HISTORY, **ASKED).text
    stage(effect)

    text = venues.response("binance_um", HISTORY, **ASKED).text

    assert text == whole[: len(whole) // 2] if effect == Truncated() else len(text) == len(whole) + 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_field_of_the_wrong_type_and_one_that_is_missing(venues, stage):
    stage(WrongType("sumOpenInterest"))
    stage(MissingField("timestamp"))

    rows = venues.get("binance_um", HISTORY, **ASKED)

    assert rows[-1]["sumOpenInterest"] == {"value": "84320.0"}
    assert all("timestamp" not in row for row in rows)


def test_a_field_of_a_list_row_is_named_by_its_index(venues, stage):
    stage(MissingField("1"), "okx")

    (row,) = venues.get(
        "okx", "/api/v5/rubik/stat/contracts/open-interest-history", instId="BTC-USDT-SWAP", period="5m", limit=1
    )["data"]

    assert (row[0], float(row[1]), len(row)) == (str(ms(NOON - 300)), 84_320, 3)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (Empty(), []),
        (Duplicated(), [row for row in WITHOUT_FAULT for _ in range(2)]),
        (Reordered(), WITHOUT_FAULT[::-1]),
        (Late(600), [(84_270, 5), (84_280, 4), (84_290, 3), (84_300, 2)]),
        (Restated(NOON - 600, NOON - 300, 1.5), [(84_290, 3), (126_450, 2), (126_465, 1), (84_320, 0)]),
        (Skewed(-300), [(84_290, 4), (84_300, 3), (84_310, 2), (84_320, 1)]),
        (ZeroOi(), [(0, 3), (0, 2), (0, 1), (0, 0)]),
        (StaleOi(NOON - 600), [(84_290, 3), (84_300, 2), (84_300, 1), (84_300, 0)]),
    ],
)
def test_an_effect_changes_rows(stage, history, effect, expected):
    assert history() == WITHOUT_FAULT
    stage(effect)

    assert history() == expected


def test_an_effect_changes_rows_inside_an_envelope(venues, stage):
    stage(Empty(), "bybit")

    response = venues.get("bybit", "/v5/market/tickers", category="linear")

    assert response["result"] == {"category": "linear", "list": []}


def test_skew_shifts_texts_and_seconds_too(venues, stage):
    stage(Skewed(60), "gate")
    stage(Skewed(60), "okx")

    (row,) = venues.get("gate", "/api/v4/futures/usdt/funding_rate", contract="BTC_USDT", limit=1)
    now = venues.get("okx", "/api/v5/public/time")["data"][0]["ts"]

    assert row["t"] == NOON - 4 * 3600 + 60
    assert now == str(ms(NOON + 60))


def test_a_fault_of_one_symbol_affects_a_bulk_response(venues, stage):
    stage(ZeroOi(), "hyperliquid", symbol="kPEPE")

    _, (btc, kpepe) = venues.post("hyperliquid", "/info", {"type": "metaAndAssetCtxs"})

    assert (float(btc["openInterest"]), float(kpepe["openInterest"])) == (2 * 84_320, 0)


def test_a_renamed_symbol_is_known_only_by_its_new_name(venues, stage):
    stage(Renamed("BTCUSDT", "XBTUSDT"))

    asked = {"period": "5m", "limit": 1}
    names = {row["symbol"] for row in venues.get("binance_um", "/fapi/v1/exchangeInfo")["symbols"]}
    (row,) = venues.get("binance_um", HISTORY, symbol="XBTUSDT", **asked)

    assert {"XBTUSDT"} <= names
    assert "BTCUSDT" not in names
    assert (row["symbol"], float(row["sumOpenInterest"])) == ("XBTUSDT", 84_320)
    assert venues.response("binance_um", HISTORY, symbol="BTCUSDT", **asked).status_code == 400


def test_a_larger_contract_is_listed_and_counted(venues, stage):
    stage(ContractSize(10), "okx", symbol="BTC-USDT-SWAP")
    asked = {"instType": "SWAP", "instId": "BTC-USDT-SWAP"}

    (listed,) = venues.get("okx", "/api/v5/public/instruments", **asked)["data"]
    (row,) = venues.get("okx", "/api/v5/public/open-interest", **asked)["data"]

    assert float(listed["ctVal"]) == 0.1
    assert float(row["oi"]) == pytest.approx(843_200)
    assert float(row["oiCcy"]) == 84_320


def test_faults_are_added_and_removed_over_http(venues):
    control = venues.sandbox.base_urls["okx"].removesuffix("okx") + "control/faults"
    asked = {"effect": "status", "status": 418, "api_id": "okx", "times": 3}

    added = httpx.post(control, json=asked).json()
    status = venues.response("okx", "/api/v5/public/time").status_code
    standing = httpx.get(control).json()
    cleared = httpx.delete(control).json()

    assert status == 418
    assert added == [asked | {"retry_after_seconds": None, "path": "*", "symbol": None}]
    assert standing == [added[0] | {"times": 2}]
    assert (cleared, venues.response("okx", "/api/v5/public/time").status_code) == ([], 200)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"api_id": "okx"}, "unknown effect None; choose one of status, "),
        ({"api_id": "okx", "effect": "flood"}, "unknown effect 'flood'"),
        ({"api_id": "okx", "effect": "slow", "hours": 1}, "wrong parameters of effect 'slow': "),
        ({"effect": "empty"}, "wrong parameters of effect 'empty': "),
    ],
)
def test_a_wrong_fault_is_rejected(venues, asked, message):
    control = venues.sandbox.base_urls["okx"].removesuffix("okx") + "control/faults"

    response = httpx.post(control, json=asked)

    assert response.status_code == 400
    assert response.json()["error"].startswith(message)


def test_every_effect_has_a_name():
    assert set(EFFECTS.values()) == set(Effect.__subclasses__())
    fault = Fault(Restated(1, 2, 1.1), "gate", path="*/tickers", symbol="BTC_USDT", times=4)
    assert fault_of(described(fault)) == fault
