"""Help to test venue modules: the requests of a feed through a real ccxt, and the rows of its readings."""

import asyncio
import copy
import inspect
import json
import re
from datetime import datetime
from functools import partial

import pyarrow as pa
from aiohttp import web

from common.errors import InputError
from ingestion.api.feed import Response
from ingestion.live.exchange import open_exchange
from ingestion.live.settings import LiveSettings

RECEIVED_AT = datetime.fromisoformat("2026-11-01 12:30:00")


def against_venue(api, answers, ask):
    """Run ``ask(exchange)`` against a server that responds by path or always alike. Return its result and the requests.

    A request is (method, path, query or JSON body). The exchange is that of a fetch, so it refuses errors.
    """

    async def main():
        requests = []

        async def answer(request):
            sent = dict(request.query) if request.method == "GET" else await request.json()
            requests.append((request.method, request.path, sent))
            return web.json_response(answers(request.path, sent) if callable(answers) else answers)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        live = LiveSettings(base_urls={api.api_id: f"http://127.0.0.1:{port}"}, is_rate_limited=False)
        try:
            async with open_exchange(api, live, "live") as exchange:
                return await ask(exchange), requests
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def sent_by(api, feed, instrument=None, window=None, answers=()):
    """Return the requests of one call of a feed."""
    _, requests = against_venue(api, answers, lambda exchange: feed.request(exchange, instrument, window))
    return requests


def instruments_listed(api, answers):
    """Return the instruments by symbol that the API reads out of ccxt's markets, loaded from a server's responses."""
    markets, _ = against_venue(api, answers, lambda exchange: exchange.load_markets())
    listed = [api.parse_instrument(market) for market in markets.values()]
    return {instrument.symbol: instrument for instrument in listed if instrument is not None}


def feed_named(api, name):
    (feed,) = [feed for feed in api.feeds if feed.name == name]
    return feed


def reading_named(api, collector):
    (reading,) = {
        reading.parse: reading for feed in api.feeds for reading in feed.readings if reading.collector == collector
    }.values()
    return reading


def read(reading, payload, *instruments):
    """Return the rows of a response, after a check that they fit the reading's dataset."""
    response = Response(payload, RECEIVED_AT, {instrument.symbol: instrument for instrument in instruments})
    found = list(reading.parse(response))
    schema = reading.dataset.schema
    for row in found:
        assert set(row) - {"scope"} == {field.name for field in reading.dataset.fields} | {
            "symbol",
            "stamped_at",
            "payload",
        }
        for name in set(row) - {"payload"}:
            pa.scalar(row[name], schema.field(name).type)
    return found


def needed_fields(reading, payload, pick, *instruments):
    """Return the fields of the row ``pick(payload)`` that the parser cannot do without."""
    return {key for key in pick(payload) if _is_refused(reading, payload, pick, instruments, key)}


def _is_refused(reading, payload, pick, instruments, key):
    damaged = copy.deepcopy(payload)
    del pick(damaged)[key]
    try:
        read(reading, damaged, *instruments)
    except InputError:
        return True
    return False


def function_of(parser):
    return parser.func if isinstance(parser, partial) else parser


def sample_of(parser):
    """Return the sample that ends the docstring of ``parser``, after a line that begins with "Sample"; else None."""
    _, *sample = re.split(r"^Sample.*::$", inspect.getdoc(function_of(parser)) or "", flags=re.MULTILINE)
    return json.loads(sample[0]) if sample else None


def sample_instruments(api):
    """Return the contracts of the sample of ``api``'s list of markets, which describes one market or several."""
    sample = sample_of(api.parse_instrument) or []
    infos = sample if isinstance(sample, list) else [sample]
    return [api.parse_instrument({"info": info, "swap": True}) for info in infos]
