"""A server on the loopback address with the venues' liquidation streams, and a collector process connected to it."""

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
from aiohttp import WSMsgType, web

from ingestion.api.feed import Instrument
from ingestion.landing import list_batches
from ingestion.stream.catalogue import CHANNELS
from ingestion.stream.collector import collect_liquidations
from ingestion.stream.connection import Timings

FAST = Timings(
    flush=0.05,
    coverage=0.1,
    ping=0.1,
    stale=5,
    response=2,
    first_retry=0.05,
    longest_retry=0.2,
    push_delay=0,
    drain=0.1,
)


def instrument(symbol, settlement="linear", settle="USDT", market_type="perpetual"):
    return Instrument(
        symbol=symbol,
        symbol_native="BTC",
        quote="USD",
        settle=settle,
        market_type=market_type,
        settlement=settlement,
        contract_unit="base",
        contract_size=1.0,
        listed_at=None,
        expiry_at=None,
        is_trading=True,
        payload={},
    )


API_IDS = ("binance_um", "binance_cm", "bybit", "okx", "bitget", "gate")
INSTRUMENTS = {
    "binance": [instrument("BTCUSDT"), instrument("BTCUSD_PERP", "inverse", "BTC")],
    "bybit": [instrument("BTCUSDT"), instrument("BTCUSD", "inverse", "BTC")],
    "okx": [instrument("BTC-USDT-SWAP")],
    "bitget": [instrument("BTCUSDT")],
    "gate": [instrument("BTC_USDT"), instrument("BTC_USD", "inverse", "BTC")],
}


def list_instruments(venue):
    return {listed.symbol: listed for listed in INSTRUMENTS[venue]}


def channels(*api_ids):
    return [channel for channel in CHANNELS if channel.api_id in api_ids]


def bybit_message(at_ms, *, symbol="BTCUSDT", side="Buy", size="0.5", price="50000"):
    row = {"T": at_ms, "s": symbol, "S": side, "v": size, "p": price}
    return json.dumps({"topic": f"allLiquidation.{symbol}", "type": "snapshot", "ts": at_ms, "data": [row]})


@dataclass
class Venues:
    """The server, every API below ``/<api_id>``: the open ``sockets`` and the ``received`` messages by path.

    It refuses a frame that has one of the ``refused_topics`` as a whole. It sends the ``greetings`` of a path before it
    answers a frame.
    """

    base: str = ""
    is_answering: bool = True
    is_answering_pings: bool = True
    refused_topics: set[str] = field(default_factory=set)
    greetings: dict[str, list[str]] = field(default_factory=dict)
    sockets: dict[str, list[web.WebSocketResponse]] = field(default_factory=dict)
    received: list[tuple[str, str]] = field(default_factory=list)
    refused_paths: set[str] = field(default_factory=set)
    connections: int = 0

    @property
    def base_urls(self):
        return {api_id: f"{self.base}/{api_id}" for api_id in API_IDS}

    async def serve(self, request):
        socket = web.WebSocketResponse(autoping=self.is_answering and self.is_answering_pings)
        await socket.prepare(request)
        self.connections += 1
        path = request.path
        if "forceOrder" in path:
            # Binance has the stream name in the path.
            self.sockets.setdefault(path, []).append(socket)
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                # A ping of the protocol that is not answered.
                continue
            self.received.append((path, frame.data))
            if path in self.refused_paths:
                await socket.send_str(json.dumps({"success": False, "ret_msg": "refused", "op": "subscribe"}))
            elif self.is_answering:
                await self._answer(path, socket, frame.data)
        if socket in self.sockets.get(path, []):
            self.sockets[path].remove(socket)
        return socket

    async def _answer(self, path, socket, data):
        for greeting in self.greetings.get(path, []):
            await socket.send_str(greeting)
        refused = [topic for topic in self.refused_topics if f'"{topic}"' in data]
        if "ping" in data and not self.is_answering_pings:
            return
        for answer in [_refusal(data, refused[0])] if refused else _answers(data):
            await socket.send_str(answer)
        if "subscribe" in data and not refused:
            self.sockets.setdefault(path, []).append(socket)

    async def open_socket(self, path):
        """Wait until a client has subscribed at ``path``."""
        await until(lambda: self.sockets.get(path))
        return self.sockets[path][-1]


def _answers(data):
    if data == "ping":
        return ["pong"]
    message = json.loads(data)
    if message.get("op") == "ping":
        return [json.dumps({"success": True, "ret_msg": "pong", "op": "ping"})]
    if message.get("channel") == "futures.ping":
        return [json.dumps({"time": message["time"], "channel": "futures.pong", "event": "", "result": None})]
    if message.get("channel") == "futures.public_liquidates":
        return [json.dumps({**message, "payload": None, "error": None, "result": {"status": "success"}})]
    if all(isinstance(arg, str) for arg in message["args"]):
        return [json.dumps({"success": True, "ret_msg": "", "op": "subscribe"})]
    return [json.dumps({"event": "subscribe", "arg": arg}) for arg in message["args"]]


def _refusal(data, topic):
    """The documented refusals: ccxt issue 27929 for Bybit, the error codes of OKX and of Bitget."""
    (arg,) = json.loads(data)["args"]
    if isinstance(arg, str):
        return json.dumps({"success": False, "ret_msg": f"error:handler not found,topic:{topic}", "op": "subscribe"})
    return json.dumps({"event": "error", "code": "60018", "msg": f"{topic} doesn't exist", "arg": arg})


@asynccontextmanager
async def serving():
    """Serve the venues on a free port of the loopback address."""
    venues = Venues()
    application = web.Application()
    application.router.add_get("/{path:.*}", venues.serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    venues.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield venues
    finally:
        await runner.cleanup()


@asynccontextmanager
async def collecting(venues, landing_dir, *api_ids, timings=FAST, lister=list_instruments):
    """Run the collector in this process. Yields the lines that it reports, and stops it as a signal would."""
    said, stop = [], asyncio.Event()
    task = asyncio.create_task(
        collect_liquidations(
            channels(*api_ids),
            landing_dir=landing_dir,
            source_mode="live",
            list_instruments=lister,
            stop=stop,
            base_urls=venues.base_urls,
            timings=timings,
            say=said.append,
        )
    )
    try:
        yield said
    finally:
        stop.set()
        await task


async def until(condition, seconds=10):
    """Wait until ``condition()`` is true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def landed(landing_dir, dataset):
    """All landed rows of ``dataset``, in order of observation."""
    rows = []
    for path in list_batches(landing_dir):
        if path.relative_to(landing_dir).parts[0] == dataset:
            rows += pq.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: (row["observed_at"], row["stamped_at"]))


def gaps(landing_dir, api_id):
    """Stretches without coverage between the first and the last coverage of an API."""
    rows = sorted(
        (row["covered_from"], row["stamped_at"])
        for row in landed(landing_dir, "stream_coverage")
        if row["symbol"] == api_id
    )
    return [(end, begin) for (_, end), (begin, _) in pairwise(rows) if end != begin]


async def _main(base: str, landing_dir: str, flush_seconds: str):
    """The main function of a collector process: the real collector and signal handlers, with fixed instruments."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await collect_liquidations(
        channels("bybit"),
        landing_dir=Path(landing_dir),
        source_mode="simulated",
        list_instruments=list_instruments,
        stop=stop,
        base_urls={"bybit": f"{base}/bybit"},
        timings=Timings(flush=float(flush_seconds), coverage=float(flush_seconds), ping=0.05, push_delay=0),
        say=lambda line: sys.stderr.write(f"{line}\n"),
    )


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
