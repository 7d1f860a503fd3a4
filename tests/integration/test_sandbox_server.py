"""The simulated exchanges as a whole: real ccxt clients, sockets, an outage, a process of the command line."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import aiohttp
import ccxt.async_support
import httpx
import pytest

from sandbox.faults import Dropped, Fault, HalfMessage, Status
from sandbox.market.latent_market import LatentMarket, Liquidation, Outage
from sandbox.market.simulation import simulate
from sandbox.server import RunningSandbox, running_sandbox

DAY = 86_400
ENDS_AT = 1_795_392_000  # 23 November 2026, 00:00 UTC
NOW = ENDS_AT - DAY + 123.456

CLIENTS = {
    "binance_um": ("binanceusdm", {"fetchMarkets": {"types": ["linear"]}}),
    "binance_cm": ("binancecoinm", {"fetchMarkets": {"types": ["inverse"]}}),
    "bybit": ("bybit", {"fetchMarkets": {"types": ["linear", "inverse"]}}),
    "okx": ("okx", {"fetchMarkets": {"types": ["swap", "future"]}}),
    "bitget": ("bitget", {"fetchMarkets": {"types": ["swap"]}}),
    "gate": ("gate", {"fetchMarkets": {"types": ["swap", "future"]}}),
    "hyperliquid": ("hyperliquid", {"fetchMarkets": {"types": ["swap"]}}),
    "deribit": ("deribit", {}),
}
SUBSCRIPTIONS = {
    "bybit/v5/public/linear": {"op": "subscribe", "args": ["allLiquidation.BTCUSDT"]},
    "okx/ws/v5/public": {"op": "subscribe", "args": [{"channel": "liquidation-orders", "instType": "SWAP"}]},
    "bitget/v3/ws/public": {"op": "subscribe", "args": [{"instType": "usdt-futures", "topic": "liquidation"}]},
    "gate/v4/ws/usdt": {"channel": "futures.public_liquidates", "event": "subscribe", "payload": ["!all"]},
}
CLOSED = Liquidation(int(NOW), "long", 2.0, 100_000.0, 99_000.0)


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def latent() -> LatentMarket:
    return simulate(seed=7, begins_at=ENDS_AT - 10 * DAY, ends_at=ENDS_AT, script=())


@pytest.fixture(scope="module")
def shared_sandbox(latent):
    with running_sandbox(latent, clock=Clock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    yield shared_sandbox
    shared_sandbox.faults.clear()


def rebased(urls, base):
    if isinstance(urls, dict):
        return {name: rebased(url, base) for name, url in urls.items()}
    return base + urlsplit(urls).path


@asynccontextmanager
async def client(api_id: str, base_url: str) -> AsyncIterator[ccxt.async_support.Exchange]:
    ccxt_id, options = CLIENTS[api_id]
    exchange = getattr(ccxt.async_support, ccxt_id)({"options": options, "enableRateLimit": False})
    exchange.urls["api"] = rebased(exchange.urls["api"], base_url)
    try:
        yield exchange
    finally:
        await exchange.close()


def call(api_id: str, sandbox: RunningSandbox, method):
    async def run():
        async with client(api_id, sandbox.base_urls[api_id]) as exchange:
            await exchange.load_markets()
            return await method(exchange)

    return asyncio.run(run())


def btc_oi(latent, venue, settlement="linear"):
    perpetuals = (one for one in latent.of(venue) if (one.asset, one.market_type) == ("BTC", "perpetual"))
    (contract,) = (one for one in perpetuals if one.settlement == settlement)
    return latent.level_at(contract.oi_base, NOW), latent.level_at(contract.mark_usd, NOW)


@pytest.mark.parametrize("api_id", list(CLIENTS))
def test_ccxt_loads_the_markets_of_every_venue(sandbox, latent, api_id):
    async def markets(exchange):
        return exchange.markets.values()

    found = call(api_id, sandbox, markets)

    settlement = {"binance_um": "linear", "binance_cm": "inverse"}.get(api_id)
    alive = [
        one
        for one in latent.of(api_id.split("_")[0])
        if settlement in (None, one.settlement) and one.listed_at <= NOW < (one.expires_at or NOW + 1)
    ]
    assert len(found) == len(alive)
    assert {market["expiry"] for market in found if market["future"]} == {
        one.expires_at * 1000 for one in alive if one.expires_at
    }
    assert sum(market["inverse"] for market in found) == sum(one.settlement == "inverse" for one in alive)


@pytest.mark.parametrize(
    ("api_id", "symbol", "field", "sides"),
    [
        ("binance_um", "BTC/USDT:USDT", "openInterestAmount", 1),
        ("bybit", "BTC/USDT:USDT", "openInterestAmount", 2),
        ("okx", "BTC/USDT:USDT", "baseVolume", 1),
        ("bitget", "BTC/USDT:USDT", "openInterestAmount", 1),
        ("hyperliquid", "BTC/USDC:USDC", "openInterestAmount", 2),
    ],
)
def test_ccxt_reads_the_true_open_interest(*, sandbox, latent, api_id, symbol, field, sides):
    # For Bybit, ccxt reads the newest row of the hourly history.
    at = NOW // 3600 * 3600 if api_id == "bybit" else NOW
    contract = next(one for one in latent.of(api_id.split("_")[0]) if one.asset == "BTC")

    found = call(api_id, sandbox, lambda exchange: exchange.fetch_open_interest(symbol))

    assert found[field] == pytest.approx(sides * latent.level_at(contract.oi_base, at), rel=1e-12)


def test_ccxt_reads_contracts_of_coin_m_and_usd_of_deribit(sandbox, latent):
    base, mark = btc_oi(latent, "binance", "inverse")
    contracts = call("binance_cm", sandbox, lambda exchange: exchange.fetch_open_interest("BTC/USD:BTC"))
    deribit_base, deribit_mark = btc_oi(latent, "deribit", "inverse")
    usd = call("deribit", sandbox, lambda exchange: exchange.fetch_open_interest("BTC/USD:BTC"))

    assert contracts["openInterestAmount"] == pytest.approx(base * mark / 100, rel=1e-12)
    assert usd["openInterestValue"] == pytest.approx(deribit_base * deribit_mark, rel=1e-12)


@pytest.mark.parametrize("api_id", list(CLIENTS))
def test_ccxt_reads_candles(sandbox, api_id):
    async def method(exchange):
        symbol = next(iter(exchange.markets))
        return await exchange.fetch_ohlcv(symbol, "5m", since=(ENDS_AT - 2 * DAY) * 1000, limit=3)

    rows = call(api_id, sandbox, method)

    assert [row[0] // 1000 for row in rows] == [ENDS_AT - 2 * DAY + 300 * bar for bar in range(3)]
    assert all(0 < low <= high for _, _, high, low, _, _ in rows)


def received(sandbox: RunningSandbox, place: str, act, *, count: int = 1):
    """Return the messages after the subscription: parsed JSON, else the text, and None for a closed socket."""

    async def listen():
        url = sandbox.base_urls[place.split("/", maxsplit=1)[0]].rsplit("/", 1)[0] + "/" + place
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            if place in SUBSCRIPTIONS:
                await socket.send_str(json.dumps(SUBSCRIPTIONS[place]))
                assert "subscribe" in (await socket.receive(timeout=5)).data
            await asyncio.to_thread(act)
            return [await socket.receive(timeout=5) for _ in range(count)]

    return [message.data for message in asyncio.run(listen())]


def push_all(sandbox, latent):
    """Push a forced close of a BTC long for the perpetual of every venue and settlement."""
    for contract in latent.contracts:
        if (contract.asset, contract.market_type) == ("BTC", "perpetual"):
            sandbox.push(contract, CLOSED)


def stated(api_id, message):
    """Return symbol, side and quantity of a pushed liquidation, and its price when the message has only one."""
    match api_id:
        case "binance_um" | "binance_cm":
            order = message.get("data", message)["o"]
            return order["s"], order["S"], order["z"], order["ap"], order["st"]
        case "bybit":
            (row,) = message["data"]
            return row["s"], row["S"], row["v"], row["p"]
        case "okx":
            (detail,) = message["data"][0]["details"]
            return message["data"][0]["instId"], detail["side"], detail["sz"], detail["bkPx"]
        case "bitget":
            (row,) = message["data"]
            return row["symbol"], row["side"], row["amount"], row["price"]
        case "gate":
            (row,) = message["result"]
            return row["contract"], row["size"], row["price"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("binance_um/market/ws/!forceOrder@arr", ("BTCUSDT", "SELL", "2.0", "100000.0", 1)),
        ("binance_cm/market/stream?streams=!forceOrder@arr", ("BTCUSDT", "SELL", "2.0", "100000.0", 1)),
        ("bybit/v5/public/linear", ("BTCUSDT", "Buy", "2.0", "99000.0")),
        ("okx/ws/v5/public", ("BTC-USDT-SWAP", "sell", "200.0", "99000.0")),
        ("bitget/v3/ws/public", ("BTCUSDT", "buy", "198000.0", "99000.0")),
        ("gate/v4/ws/usdt", ("BTC_USDT", "-20000.0", "99000.0")),
    ],
)
def test_sockets_receive_the_liquidations_of_their_topics(sandbox, latent, place, expected):
    (text,) = received(sandbox, place, lambda: push_all(sandbox, latent))

    assert stated(place.split("/")[0], json.loads(text)) == expected


def test_sockets_receive_no_other_liquidations(sandbox, latent):
    btc, eth = (next(one for one in latent.of("bybit") if one.asset == asset) for asset in ("BTC", "ETH"))

    def push():
        sandbox.push(eth, CLOSED)
        sandbox.push(btc, CLOSED)

    (text,) = received(sandbox, "bybit/v5/public/linear", push)

    assert json.loads(text)["topic"] == "allLiquidation.BTCUSDT"


def test_the_array_stream_of_binance_carries_both_markets_since_their_merge(sandbox, latent):
    texts = received(sandbox, "binance_um/market/ws/!forceOrder@arr", lambda: push_all(sandbox, latent), count=2)

    orders = [json.loads(text)["o"] for text in texts]
    assert [(order["s"], order["st"]) for order in orders] == [("BTCUSDT", 1), ("BTCUSD_PERP", 2)]
    assert float(orders[1]["z"]) == pytest.approx(2 * 100_000 / 100)


def test_sockets_of_the_old_route_of_binance_stay_silent(sandbox, latent):
    async def listen():
        url = sandbox.base_urls["binance_um"] + "/ws/!forceOrder@arr"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            await asyncio.to_thread(push_all, sandbox, latent)
            await socket.receive(timeout=0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(listen())


def test_a_liquidation_is_sent_when_the_clock_passes_it(latent):
    clock = Clock()
    contract = next(one for one in latent.of("binance") if one.asset == "BTC" and one.settlement == "linear")
    following = next(closed for closed in contract.liquidations if closed.at > NOW)
    with running_sandbox(latent, clock=clock) as sandbox:

        def pass_it():
            clock.now = following.at

        messages = received(sandbox, "binance_um/market/ws/btcusdt@forceOrder", pass_it)

    order = json.loads(messages[0])["o"]
    assert (order["s"], order["T"]) == ("BTCUSDT", following.at * 1000)
    assert float(order["z"]) == following.quantity_base


def test_a_fault_closes_a_socket_or_cuts_a_message(sandbox, latent):
    place = "bybit/v5/public/linear"
    sandbox.faults.add(Fault(HalfMessage(), "bybit", times=1))
    (half,) = received(sandbox, place, lambda: push_all(sandbox, latent))
    sandbox.faults.add(Fault(Dropped(), "bybit", times=1))
    (closing,) = received(sandbox, place, lambda: push_all(sandbox, latent))

    assert half.startswith('{"topic": "allLiquidation.BTCUSDT"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)
    assert closing == aiohttp.WSCloseCode.OK


def test_a_fault_rejects_a_socket_with_a_status(sandbox):
    sandbox.faults.add(Fault(Status(503), "okx", path="/ws/*"))

    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        received(sandbox, "okx/ws/v5/public", lambda: None)


def test_a_venue_in_an_outage_fails_requests_and_closes_sockets(latent):
    clock = Clock()
    out = Outage("okx", int(NOW) + 10, int(NOW) + 20)
    with running_sandbox(replace(latent, outages=(out,)), clock=clock) as sandbox:

        def status(api_id, path):
            return httpx.get(sandbox.base_urls[api_id] + path).status_code

        def begin():
            clock.now = out.begins_at

        assert status("okx", "/api/v5/public/time") == 200
        assert received(sandbox, "okx/ws/v5/public", begin) == [aiohttp.WSCloseCode.OK]
        assert (status("okx", "/api/v5/public/time"), status("bybit", "/v5/market/time")) == (503, 200)
        clock.now = out.ends_at
        assert status("okx", "/api/v5/public/time") == 200


def test_every_response_has_the_header_of_simulated_data(sandbox):
    for path in ("okx/api/v5/public/time", "okx/no/such/path", "control/faults"):
        response = httpx.get(f"{sandbox.base_urls['okx'].rsplit('/', 1)[0]}/{path}")
        assert response.headers["x-simulated"] == "true", path


def test_extra_instruments_are_listed(latent):
    async def markets(exchange):
        return exchange.markets

    with running_sandbox(latent, clock=Clock(), extra_instruments=5, latency_seconds=0.01) as sandbox:
        found = {api_id: call(api_id, sandbox, markets) for api_id in ("binance_um", "okx", "hyperliquid")}

    assert "SIM004/USDT:USDT" in found["binance_um"]
    assert all(sum(name.startswith("SIM") for name in names) == 5 for names in found.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_line_serves_until_it_is_stopped_and_prints_the_settings(tmp_path, number):
    command = [
        sys.executable,
        "-c",
        "from cli.main import run; run()",
        "sandbox",
        "serve",
        "--port",
        "0",
        "--days",
        "1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        lines = []
        while not (lines and lines[-1].startswith("deribit")):
            lines.append(process.stdout.readline())
            assert lines[-1], "the command ended before it printed its settings"
        answer = httpx.get(re.search(r'"(.*)"', lines[-1])[1] + "/api/v2/public/get_time")
        process.send_signal(number)
        exit_code = process.wait(timeout=10)

    assert exit_code == 0
    assert lines[1:4] == ["[live]\n", "is_rate_limited = false\n", "[live.base_urls]\n"]
    assert answer.json()["jsonrpc"] == "2.0"
