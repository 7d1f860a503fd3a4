"""The server of the simulated exchanges: HTTP and WebSocket on 127.0.0.1, one path prefix per API.

What belongs here: requests and responses, the clock, the outages, applying the faults, sending liquidations to sockets.
What does not: the content of responses (exchanges/), the kinds of faults (faults.py).
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from threading import Thread
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.exchanges.api import Api, BadRequestError, Json, Request, Stream, VenueError
from sandbox.exchanges.catalogue import APIS
from sandbox.exchanges.listed import Listed
from sandbox.exchanges.view import Retention, View
from sandbox.faults import Dropped, Fault, Faults, HalfMessage, Silence, Slow, Status, described, fault_of
from sandbox.market.latent_market import Contract, LatentMarket, Liquidation

HEADERS = {"x-simulated": "true"}
_HOST = "127.0.0.1"
_PUSH_SECONDS = 0.05
_NAMES_OF_SYMBOL = ("symbol", "instId", "contract", "instrument_name", "coin", "pair")


@dataclass(eq=False)
class _Socket:
    """An open WebSocket and the topics that it has subscribed to."""

    api: Api
    stream: Stream
    response: web.WebSocketResponse
    topics: frozenset[str]


class SandboxServer:
    """All simulated exchanges, serving one market."""

    def __init__(
        self,
        market: LatentMarket,
        *,
        clock: Callable[[], float],
        retention: Retention = "real",
        faults: Faults | None = None,
        latency_seconds: float = 0.0,
        extra_instruments: int = 0,
    ) -> None:
        """Prepare the exchanges; ``start`` opens the port.

        Args:
            market: The simulated market.
            clock: Returns UTC seconds. The exchanges serve nothing after this instant.
            retention: Length of the histories: the venues' real retention ('real'), a span, or no bound (None).
            faults: The list of faults; a new, empty list by default.
            latency_seconds: Delay of every response.
            extra_instruments: Number of additional perpetuals per API. They copy the numbers of its first contract.
        """
        self.market = market
        self.faults = faults or Faults()
        self.port = 0
        self._clock = clock
        self._retention = retention
        self._latency_seconds = latency_seconds
        self._listed = {api.api_id: _listed(market, api, extra_instruments) for api in APIS}
        self._sockets: set[_Socket] = set()
        self._stops = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._pushing: asyncio.Task[None] | None = None

    @property
    def base_urls(self) -> dict[str, str]:
        """The base URL of each API."""
        return {api.api_id: f"http://{_HOST}:{self.port}/{api.api_id}" for api in APIS}

    async def start(self, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1; 0 takes any free port."""
        self._runner = web.AppRunner(self._app(), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._pushing = asyncio.create_task(self._push_for_ever())

    async def stop(self) -> None:
        """Close all sockets and the port."""
        self._stops.set()
        if self._pushing is not None:
            self._pushing.cancel()
        for socket in list(self._sockets):
            await socket.response.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def push(self, contract: Contract, closed: Liquidation) -> None:
        """Send a forced close to the subscribed sockets now, at any time of the clock."""
        for socket in list(self._sockets):
            event = socket.stream.event(contract, closed) if socket.api.venue == contract.venue else None
            if event is not None and event[0] & socket.topics:
                await self._send(socket, json.dumps(event[1]))

    def _app(self) -> web.Application:
        app = web.Application()
        for api in APIS:
            for endpoint, handler in api.handlers.items():
                method, path = endpoint.split(" ")
                app.router.add_route(method, f"/{api.api_id}{path}", partial(self._respond, api, path, handler))
            for stream in api.streams:
                app.router.add_get(f"/{api.api_id}{stream.path}", partial(self._open_socket, api, stream))
        app.router.add_get("/control/faults", self._show_faults)
        app.router.add_post("/control/faults", self._add_fault)
        app.router.add_delete("/control/faults", self._clear_faults)
        app.on_response_prepare.append(_mark_as_simulated)
        return app

    def _view(self, api: Api, now: float, struck: list[Fault]) -> View:
        view = View(self.market, api.venue, self._listed[api.api_id], now, self._retention)
        for fault in struck:
            view = fault.effect.on_view(view, fault.symbol)
        return view

    def _now(self) -> float:
        """Return the clock in whole milliseconds, so that each value belongs exactly to its timestamp."""
        return round(self._clock() * 1000) / 1000

    async def _respond(
        self, api: Api, path: str, handler: Callable[[View, Request], Json], http_request: web.Request
    ) -> web.StreamResponse:
        request = Request({**http_request.query, **await _body(http_request), **http_request.match_info})
        struck = self.faults.strike(api.api_id, path, _symbol(request.parameters))
        if failed := await self._failed(api, struck):
            return failed
        now = self._now()
        try:
            status, payload = 200, handler(self._view(api, now, struck), request)
        except BadRequestError as bad_request:
            error = api.venue_error(str(bad_request))
            status, payload = error.status, error.payload
        except VenueError as error:
            status, payload = error.status, error.payload
        for fault in struck:
            payload = fault.effect.on_response(payload, now)
        text = json.dumps(payload, allow_nan=False)
        for fault in struck:
            text = fault.effect.on_text(text)
        return web.Response(status=status, text=text, content_type="application/json")

    async def _failed(self, api: Api, struck: list[Fault]) -> web.Response | None:
        """Wait for the latency, and return the error response of a fault or an outage, or None."""
        effects = [fault.effect for fault in struck]
        await asyncio.sleep(self._latency_seconds + sum(one.seconds for one in effects if isinstance(one, Slow)))
        if any(isinstance(one, Silence) for one in effects):
            await self._stops.wait()
        for one in effects:
            if isinstance(one, Status):
                after = one.retry_after_seconds
                headers = {} if after is None else {"Retry-After": str(after)}
                return web.Response(
                    status=one.status, headers=headers, text='{"code":-1,"msg":"staged by the sandbox"}'
                )
        return web.Response(status=503, text="Service Unavailable") if self._is_out(api.venue, self._now()) else None

    def _is_out(self, venue: str, now: float) -> bool:
        return any(out.venue == venue and out.begins_at <= now < out.ends_at for out in self.market.outages)

    async def _open_socket(self, api: Api, stream: Stream, http_request: web.Request) -> web.StreamResponse:
        if failed := await self._failed(api, self.faults.strike(api.api_id, stream.path, None)):
            return failed
        response = web.WebSocketResponse()
        await response.prepare(http_request)
        request = Request({**http_request.query, **http_request.match_info})
        socket = _Socket(api, stream, response, stream.opened(request))
        self._sockets.add(socket)
        try:
            async for message in response:
                if message.type is WSMsgType.TEXT:
                    reply = stream.replied(message.data, self._now())
                    socket.topics |= reply.topics
                    for text in reply.texts:
                        await response.send_str(text)
        finally:
            self._sockets.discard(socket)
        return response

    async def _push_for_ever(self) -> None:
        """Send each liquidation when the clock passes it, and close the sockets of a venue that has an outage."""
        so_far = self._now()
        while True:
            await asyncio.sleep(_PUSH_SECONDS)
            now = self._now()
            connected = {socket.api.venue for socket in self._sockets}
            for venue in connected:
                for contract in self.market.of(venue):
                    for closed in contract.liquidations:
                        if so_far < closed.at <= now and not self._is_out(venue, closed.at):
                            await self.push(contract, closed)
            for socket in [socket for socket in self._sockets if self._is_out(socket.api.venue, now)]:
                await socket.response.close()
            so_far = now

    async def _send(self, socket: _Socket, text: str) -> None:
        struck = self.faults.strike(socket.api.api_id, socket.stream.path, None, "message")
        if any(isinstance(fault.effect, Dropped) for fault in struck):
            await socket.response.close()
            return
        is_half = any(isinstance(fault.effect, HalfMessage) for fault in struck)
        # The client has just disconnected; _open_socket removes its socket.
        with suppress(ConnectionResetError):
            await socket.response.send_str(text[: len(text) // 2] if is_half else text)

    async def _show_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([described(fault) for fault in self.faults.standing()])

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            self.faults.add(fault_of(await request.json()))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response([described(fault) for fault in self.faults.standing()])

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response([])


async def serve(
    market: LatentMarket,
    *,
    clock: Callable[[], float],
    port: int = 0,
    retention: Retention = "real",
    faults: Faults | None = None,
    latency_seconds: float = 0.0,
    extra_instruments: int = 0,
) -> SandboxServer:
    """Start the exchanges on a port of 127.0.0.1 (0: any free port) and return the server; end it with ``stop``.

    The other settings are those of ``SandboxServer``.
    """
    server = SandboxServer(
        market,
        clock=clock,
        retention=retention,
        faults=faults,
        latency_seconds=latency_seconds,
        extra_instruments=extra_instruments,
    )
    await server.start(port)
    return server


@dataclass(frozen=True)
class RunningSandbox:
    """Exchanges that run in their own thread."""

    server: SandboxServer
    loop: asyncio.AbstractEventLoop

    @property
    def base_urls(self) -> dict[str, str]:
        """The base URL of each API."""
        return self.server.base_urls

    @property
    def faults(self) -> Faults:
        """The list of active faults."""
        return self.server.faults

    def push(self, contract: Contract, closed: Liquidation) -> None:
        """Send a forced close to the sockets that are subscribed to it, and return when it is sent."""
        asyncio.run_coroutine_threadsafe(self.server.push(contract, closed), self.loop).result()


@contextmanager
def running_sandbox(
    market: LatentMarket,
    *,
    clock: Callable[[], float],
    port: int = 0,
    retention: Retention = "real",
    latency_seconds: float = 0.0,
    extra_instruments: int = 0,
) -> Iterator[RunningSandbox]:
    """Run the exchanges in a thread while the context is open. The settings are those of ``serve``."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        starting = serve(
            market,
            clock=clock,
            port=port,
            retention=retention,
            latency_seconds=latency_seconds,
            extra_instruments=extra_instruments,
        )
        server = asyncio.run_coroutine_threadsafe(starting, loop).result()
        try:
            yield RunningSandbox(server, loop)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _listed(market: LatentMarket, api: Api, extra: int) -> tuple[Listed, ...]:
    contracts = list(market.of(api.venue))
    names = [one for contract in contracts if (one := api.lists(contract)) is not None]
    if extra and names:
        model = names[0].contract
        copies = (api.lists(replace(model, asset=f"SIM{number:03d}")) for number in range(extra))
        names += [one for one in copies if one is not None]
    return tuple(names)


async def _body(request: web.Request) -> Mapping[str, Any]:
    """Return the parameters in the body of a POST, including those of a nested object (Hyperliquid's ``req``)."""
    if not request.can_read_body:
        return {}
    body = await request.json()
    inner = [value for value in body.values() if isinstance(value, dict)]
    return {**body, **{key: value for part in inner for key, value in part.items()}}


def _symbol(parameters: Mapping[str, Any]) -> str | None:
    return next((str(parameters[name]) for name in _NAMES_OF_SYMBOL if name in parameters), None)


async def _mark_as_simulated(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
