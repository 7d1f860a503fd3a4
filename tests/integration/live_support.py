"""A test venue on the loopback address, used through a real class of ccxt, and the tick that fetches from it."""

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
from aiohttp import web

from common.settings import Settings
from ingestion.api.feed import Feed, Instrument, Reading, VenueApi
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.landing import list_batches
from ingestion.live.settings import LiveSettings
from ingestion.live.tick import fetch_tick
from ingestion.records import CANDLE, OPEN_INTEREST

BAR = timedelta(minutes=5)
BEGIN = datetime.fromisoformat("2026-03-01")
PAGE_ROWS = 50
EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)


def parse_instrument(market):
    info = mapping(market, "info")
    return Instrument(
        symbol=text(info, "ticker"),
        symbol_native=text(info, "ticker").split("-")[0],
        quote="USDC",
        settle="USDC",
        market_type="perpetual",
        settlement="linear",
        contract_unit="base",
        contract_size=number(info, "size"),
        listed_at=None,
        expiry_at=None,
        is_trading=text(info, "status") == "ACTIVE",
        payload=info,
    )


async def ask_candles(exchange, instrument, window):
    return await exchange.indexerGetCandlesPerpetualMarketsMarket(
        {"market": instrument.symbol, "since": milliseconds(window.since), "until": milliseconds(window.until)}
    )


async def ask_open_interest(exchange, _instrument, _window):
    return await exchange.indexerGetTime()


def parse_candles(answer):
    for bar in rows(answer.payload, "bars"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(bar, 0),
            "price_kind": "trade",
            "open_usd": None,
            "high_usd": None,
            "low_usd": None,
            "close_usd": number(bar, 1),
            "volume_native": None,
            "native_unit": None,
            "turnover_usd": None,
            "payload": bar,
        }


def parse_open_interest(answer):
    for row in rows(answer.payload, "levels"):
        if row["symbol"] in answer.instruments:
            yield {
                "symbol": text(row, "symbol"),
                "stamped_at": instant(row, "at"),
                "native_field": "level",
                "oi_native": number(row, "level"),
                "native_unit": "base",
                "value_usd_native": None,
                "price_usd_native": None,
                "payload": row,
            }


def api(api_id="dydx", **candle_changes):
    """The declaration of the test venue, as in the module of a real venue."""
    candles = {
        "name": "candles",
        "path": "candles",
        "request": ask_candles,
        "readings": (Reading(f"{api_id}_candle", CANDLE, "start", parse_candles, 300),),
        "weight": "1",
        "evidence": "invented",
        "label_spacing": BAR,
        "page_rows": PAGE_ROWS,
        **candle_changes,
    }
    level = Feed(
        name="open_interest",
        path="time",
        request=ask_open_interest,
        readings=(Reading(f"{api_id}_open_interest", OPEN_INTEREST, "instant", parse_open_interest, 300),),
        weight="1",
        evidence="invented",
        is_bulk=True,
    )
    return VenueApi(api_id, api_id, "dydx", f"{api_id}_instrument", parse_instrument, (level, Feed(**candles)))


@dataclass
class Venue:
    """The data of the server. ``faults``, by a part of the path, replace the next responses in order."""

    now: datetime = BEGIN
    symbols: tuple[str, ...] = ("BTC-USD", "ETH-USD", "DOGE-USD")
    sizes: dict[str, float] = field(default_factory=dict)
    closes: dict[datetime, float] = field(default_factory=dict)
    withheld: set[datetime] = field(default_factory=set)
    headers: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    base_url: str = ""
    level: float = 1000.0
    clock_skew: timedelta = timedelta(0)
    first_bar: datetime = EPOCH
    longest_page: int = PAGE_ROWS

    async def answer(self, request):
        self.requests.append(request.path_qs)
        for key, faults in self.faults.items():
            if key in request.path and faults:
                fault = faults[0] if callable(faults[0]) else faults.pop(0)
                return await fault() if callable(fault) else fault
        return web.json_response(self.payload(request), headers=self.headers)

    def payload(self, request):
        if "candles" in request.path:
            since, until = (int(request.query[key]) for key in ("since", "until"))
            return {"bars": self.bars(request.path.rsplit("/", 1)[1], since, until)}
        if request.path.endswith("time"):
            at = milliseconds(self.now + self.clock_skew)
            return {"levels": [{"symbol": symbol, "at": at, "level": self.level} for symbol in self.symbols]}
        return {
            "markets": {
                symbol: {
                    "ticker": symbol,
                    "status": "ACTIVE",
                    "stepSize": "0.1",
                    "tickSize": "0.1",
                    "size": self.sizes.get(symbol, 1.0),
                }
                for symbol in self.symbols
            }
        }

    def bars(self, symbol, since_ms, until_ms):
        bars = []
        step = 300_000
        label = -(-since_ms // step) * step
        while label < until_ms and len(bars) < self.longest_page:
            at = EPOCH + timedelta(milliseconds=label)
            # The response includes the bar in progress, as with real venues.
            if self.first_bar <= at <= self.now and at not in self.withheld:
                bars.append([label, str(self.closes.get(at, float(label // step % 1000 + len(symbol))))])
            label += step
        return bars

    def asked(self, part):
        return [path for path in self.requests if part in path]


@contextmanager
def serving(venue):
    """Serve ``venue`` on a free port of the loopback address, in its own thread."""
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start():
        application = web.Application()
        application.router.add_get("/{path:.*}", venue.answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        venue.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def run():
        asyncio.set_event_loop(loop)
        venue.runner = loop.run_until_complete(start())
        started.set()
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(venue.runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield venue
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def settings_of(home, venues, *, source_mode="live", **live):
    """Settings that follow BTC and ETH at ``venues`` (API to server), with time limits of milliseconds."""
    defaults = {
        "assets": ("BTC", "ETH"),
        "base_urls": {api_id: f"{venue.base_url}/{api_id}" for api_id, venue in venues.items()},
        "timeout_seconds": 2,
        "backfill_days": 1,
        "is_rate_limited": False,
        "retry": {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.02},
    }
    return Settings(home=home, source_mode=source_mode, sections=(LiveSettings.model_validate({**defaults, **live}),))


def tick(settings, venue, *apis, **options):
    """Fetch once with the venue's own clock."""
    return fetch_tick(settings, clock=lambda: venue.now, apis=apis or (api(),), **{"vendors": (), **options})


def landed(home, dataset):
    """All landed rows of ``dataset``, in the order of landing."""
    found = []
    for path in list_batches(home / "landing"):
        if path.relative_to(home / "landing").parts[0] == dataset:
            found += pq.read_table(path).to_pylist()
    return found


def labels(home, symbol="BTC-USD", dataset="candle"):
    """The landed labels of ``symbol``; a label appears twice when its row landed twice."""
    return [row["stamped_at"] for row in landed(home, dataset) if row["symbol"] == symbol]


def grid(begin, end):
    """All labels from ``begin`` to ``end``, both included."""
    return [begin + index * BAR for index in range((end - begin) // BAR + 1)]
