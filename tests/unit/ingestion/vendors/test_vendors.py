"""Vendors: golden rows of responses from their documentation, keys, errors, and the requests that they get."""

import asyncio
import copy
import json
from datetime import datetime

import pyarrow as pa
import pytest
from aiohttp import web
from pydantic import SecretStr

from common.errors import InputError, OiwError, TransientError
from ingestion.api.errors import BlockedError, UnreachableError
from ingestion.api.feed import Window
from ingestion.vendors import COINALYZE, COINGECKO, COINGLASS, VENDORS
from ingestion.vendors.client import fetch, open_client

utc = datetime.fromisoformat
KEY = SecretStr("a-secret-key")
WINDOW = Window(utc("2026-01-01"), utc("2026-01-02"))
MARKETS = [
    {
        "id": "bitcoin",
        "symbol": "btc",
        "current_price": 90000,
        "market_cap": 1797300000000,
        "circulating_supply": 19970000.0,
        "last_updated": "2026-01-01T00:00:05.250Z",
    }
]
EXCHANGE_HISTORY = {
    "code": "0",
    "msg": "success",
    "data": {
        "time_list": [1767225600000, 1767240000000, 1767241000000],
        "price_list": [90000.5, 91000, 91500],
        "data_map": {"BINANCE": [12840000000.5, 12900000000, 1], "KUCOIN": [None, 100, 1]},
    },
}


def series(**point):
    return [{"symbol": "BTCUSDT_PERP.A", "history": [{"t": 1767225600, **point}]}]


BAR = {"o": 1.5, "h": 4.5, "l": 0.5, "c": 2.5}
COINALYZE_ANSWERS = {
    "/open-interest-history": series(**BAR),
    "/liquidation-history": series(l=3.25, s=1.75),
    "/funding-rate-history": series(**BAR),
    "/long-short-ratio-history": series(r=1.5, l=60.0, s=40.0),
}


def asked(vendor, answer, *, feed=0, names=("BTC",), status=200, headers=None, window=WINDOW):
    """Return the rows of the feed's readings, and the requests (path, query, headers) that a server on loopback got."""

    async def main():
        requests = []

        async def respond(request):
            requests.append((request.path, dict(request.query), dict(request.headers)))
            body = answer(request.path) if callable(answer) else answer
            text = body if isinstance(body, str) else json.dumps(body)
            return web.Response(text=text, status=status, headers=headers, content_type="application/json")

        app = web.Application()
        app.router.add_get("/{path:.*}", respond)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        try:
            async with open_client(vendor, KEY, base) as client:
                read, damaged = await fetch(client, vendor.feeds[feed], names, window)
        finally:
            await runner.cleanup()
        assert damaged == []
        return read, requests

    read, requests = asyncio.run(main())
    rows = []
    for reading, found in read:
        for row in found:
            own = {field.name for field in reading.dataset.fields}
            assert set(row) == own | {"scope", "venue_native", "symbol", "stamped_at", "payload"}
            for name in set(row) - {"payload"}:
                pa.scalar(row[name], reading.dataset.schema.field(name).type)
        rows += [{key: value for key, value in row.items() if key != "payload"} for row in found]
    return rows, requests


def test_coingecko():
    rows, requests = asked(COINGECKO, MARKETS, names=("bitcoin", "binancecoin"), window=None)
    assert rows == [
        {
            "scope": "asset",
            "venue_native": None,
            "symbol": "BTC",
            "stamped_at": utc("2026-01-01 00:00:05.250"),
            "supply_base": 19970000.0,
            # 19.97 million coins at 90000 USD.
            "market_cap_usd": 1797300000000.0,
            "price_usd": 90000.0,
        }
    ]
    ((path, query, _),) = requests
    assert (path, query) == ("/coins/markets", {"vs_currency": "usd", "ids": "bitcoin,binancecoin"})


def test_coingecko_answers_about_what_was_asked():
    with pytest.raises(InputError, match="about some-coin"):
        asked(COINGECKO, [{**MARKETS[0], "id": "some-coin"}])


def test_coinglass():
    rows, requests = asked(COINGLASS, EXCHANGE_HISTORY)
    first, second = utc("2026-01-01"), utc("2026-01-01 04:00:00")
    assert [(row["venue_native"], row["stamped_at"], row["oi_native"], row["price_usd_native"]) for row in rows] == [
        ("BINANCE", first, 12840000000.5, 90000.5),
        ("KUCOIN", first, None, 90000.5),
        ("BINANCE", second, 12900000000, 91000),
        ("KUCOIN", second, 100, 91000),
    ]
    assert {(row["scope"], row["symbol"], row["native_field"], row["native_unit"]) for row in rows} == {
        ("venue_total", "BTC", "venue_total", "usd")
    }
    ((path, query, headers),) = requests
    assert (path, query) == ("/api/futures/open-interest/exchange-history-chart", {"symbol": "BTC", "range": "4h"})
    assert headers["CG-API-KEY"] == KEY.get_secret_value()


@pytest.mark.parametrize(
    ("code", "said", "error"),
    [
        ("401", "is no key", InputError),
        ("30001", "Too many requests with", TransientError),
        ("500", "", TransientError),
        ("40003", "is not available in your region", BlockedError),
    ],
)
def test_an_error_under_status_200_is_of_its_kind_and_repeats_no_key(code, said, error):
    with pytest.raises(OiwError, match=f"responded 200 with an error {code}") as caught:
        asked(COINGLASS, {"code": code, "msg": f"{KEY.get_secret_value()} {said}"}, headers={"Retry-After": "12.5"})
    assert type(caught.value) is error
    assert KEY.get_secret_value() not in str(caught.value)
    if error is TransientError:
        assert caught.value.retry_after_seconds == 12.5


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<html>down</html>", TransientError),
        ('[{"id": "bitco', TransientError),
        ("", TransientError),
        ("<p>not available in your country</p>", BlockedError),
    ],
)
def test_a_response_that_is_not_json_is_transient_unless_it_states_a_block(body, error):
    with pytest.raises(OiwError, match="responded 200, and the response is not JSON") as caught:
        asked(COINGECKO, body)
    assert type(caught.value) is error


def test_columns_of_coinglass_that_do_not_pair_up_are_refused():
    damaged = copy.deepcopy(EXCHANGE_HISTORY)
    damaged["data"]["data_map"]["BINANCE"].pop()
    with pytest.raises(InputError, match=r"columns of BTC have \[2, 3\] values"):
        asked(COINGLASS, damaged)


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (0, {"native_field": "close", "oi_native": 2.5, "native_unit": "base"}),
        (1, {"long_native": 3.25, "short_native": 1.75, "native_unit": "base", "coverage": "aggregate"}),
        (2, {"rate_native": 2.5, "native_unit": "percent", "is_settled": False}),
        (3, {"long_native": 60.0, "short_native": 40.0, "ratio_native": 1.5, "native_unit": "percent"}),
    ],
)
def test_coinalyze(feed, expected):
    (row,), requests = asked(COINALYZE, COINALYZE_ANSWERS.get, feed=feed, names=("BTCUSDT_PERP.A", "ETHUSDT_PERP.A"))
    expected |= {"scope": "instrument", "venue_native": "binance", "symbol": "BTCUSDT", "stamped_at": utc("2026-01-01")}
    assert {key: row[key] for key in expected} == expected
    ((path, query, headers),) = requests
    assert path == f"/{COINALYZE.feeds[feed].path}"
    assert query == {
        "symbols": "BTCUSDT_PERP.A,ETHUSDT_PERP.A", "interval": "1hour", "from": "1767225600", "to": "1767311999",
    }  # fmt: skip
    assert headers["api_key"] == KEY.get_secret_value()


def test_coinalyze_gets_no_more_symbols_in_a_request_than_it_allows():
    names = [f"C{place}USDT_PERP.A" for place in range(45)]
    rows, requests = asked(COINALYZE, COINALYZE_ANSWERS.get, names=names)
    assert [len(query["symbols"].split(",")) for _, query, _ in requests] == [20, 20, 5]
    # Each response has one row.
    assert len(rows) == 3


def test_coinalyze_answers_about_binance():
    with pytest.raises(InputError, match=r"about BTCUSDT\.6"):
        asked(COINALYZE, [{"symbol": "BTCUSDT.6", "history": []}])


def test_a_history_is_not_asked_without_a_window():
    with pytest.raises(InputError, match="needs a window"):
        asked(COINALYZE, [], window=None)


def test_records_have_the_shape_of_the_vendors_files():
    collectors = {reading.collector for vendor in VENDORS for feed in vendor.feeds for reading in feed.readings}
    assert collectors == {
        "coingecko_circulating_supply", "coinglass_open_interest_by_exchange_api", "coinalyze_open_interest_api",
        "coinalyze_liquidation_api", "coinalyze_funding_api", "coinalyze_long_short_api",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(429, {"Retry-After": "30"}, 30.0), (429, {}, None), (429, {"Retry-After": "soon"}, None), (408, {}, None),
     (500, {}, None), (503, {"Retry-After": "2"}, 2.0), (429, {"Retry-After": "12.5"}, 12.5)],
)  # fmt: skip
def test_a_transient_status_raises_a_transient_error(status, headers, seconds):
    with pytest.raises(TransientError, match=f"coins/markets responded {status}") as caught:
        asked(COINGECKO, MARKETS, status=status, headers=headers)
    assert caught.value.retry_after_seconds == seconds


def test_a_missing_response_raises_an_unreachable_error():
    async def main():
        async with open_client(COINGECKO, None, "http://127.0.0.1:1/") as client:
            await fetch(client, COINGECKO.feeds[0], ["BTC"], None)

    with pytest.raises(UnreachableError, match="no response from coins/markets"):
        asyncio.run(main())


def test_a_block_by_region_raises_a_blocked_error():
    with pytest.raises(BlockedError, match="responded 451"):
        asked(COINGECKO, MARKETS, status=451)


@pytest.mark.parametrize(("status", "said"), [(401, "API key"), (403, "API key"), (404, "has changed")])
def test_a_permanent_status_raises_an_input_error(status, said):
    with pytest.raises(InputError, match=said) as caught:
        asked(COINGLASS, {"msg": KEY.get_secret_value()}, status=status)
    assert KEY.get_secret_value() not in str(caught.value)


def test_a_key_stands_in_no_row_error_log_or_address(caplog):
    caplog.set_level("DEBUG")
    rows, requests = asked(COINGLASS, EXCHANGE_HISTORY)
    assert caplog.messages
    shown = [repr(rows), repr(COINGLASS), *caplog.messages, *(f"{path} {query}" for path, query, _ in requests)]
    assert [text for text in shown if KEY.get_secret_value() in text] == []


def test_a_vendor_that_needs_a_key_says_so():
    with pytest.raises(InputError, match="Coinalyze needs an API key; set OIW_COINALYZE_API_KEY"):
        open_client(COINALYZE)
