"""One channel's connection, kept up for as long as the collector runs: subscribe, ping, read, and again after a break.

What belongs here: the life of a socket. What does not: what messages say (the venues' modules), when rows land
(collector).
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import aiohttp

from common.errors import InputError, OiwError, TransientError
from ingestion.api.feed import Instrument, Row
from ingestion.stream.channel import Channel, Kind, channel_url

# The followed instruments of a venue, by symbol. Raises OiwError when they cannot be had now.
InstrumentSource = Callable[[str], Mapping[str, Instrument]]

_CLOSE_SECONDS = 1.0
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class Timings:
    """Seconds of everything that waits.

    Events land every ``flush``, listening every ``coverage``. A channel is pinged every ``ping`` and given up when
    nothing has come from it for ``stale``; ``answer`` is how long a connection and its subscriptions may take.
    Waits between attempts grow from ``first_retry`` to ``longest_retry``. Instruments are asked for anew every
    ``instruments``. ``push_delay`` is how late a venue may push, ``drain`` how long is read on after the stop.
    """

    flush: float = 5
    coverage: float = 60
    ping: float = 15
    stale: float = 40
    answer: float = 15
    first_retry: float = 1
    longest_retry: float = 60
    instruments: float = 300
    push_delay: float = 2
    drain: float = 0.2


class Listener(Protocol):
    """Who is told what a connection hears."""

    def begin(self, channel: Channel, at: datetime) -> None:
        """Note that ``channel`` listens from ``at``."""

    def hear(self, channel: Channel, at: datetime) -> None:
        """Note that a frame came at ``at``."""

    def end(self, channel: Channel) -> None:
        """Note that something may have been missed since the last frame."""

    def leave(self, channel: Channel) -> None:
        """Note that ``channel`` has nothing to listen to."""

    def take_events(self, channel: Channel, events: Iterable[Row], at: datetime) -> None:
        """Keep ``events`` of followed instruments, which came at ``at``."""

    def say(self, line: str) -> None:
        """Tell the user that the state of a connection has changed."""


def utc_now() -> datetime:
    """Return the present, UTC and naive."""
    return datetime.now(UTC).replace(tzinfo=None)


class Connection:
    """Keeps one channel connected and tells a listener what it hears."""

    def __init__(
        self,
        channel: Channel,
        *,
        session: aiohttp.ClientSession,
        base_urls: Mapping[str, str],
        list_instruments: InstrumentSource,
        listener: Listener,
        timings: Timings,
    ) -> None:
        """Connect to nothing yet."""
        self._channel = channel
        self._session = session
        self._url = channel_url(channel, base_urls)
        self._list_instruments = list_instruments
        self._listener = listener
        self._timings = timings
        self._symbols: frozenset[str] = frozenset()
        self._said = ""

    async def run(self) -> None:
        """Listen until cancelled. A break is said once for the same reason, and followed by another attempt."""
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            began_at = loop.time()
            try:
                await self._listen_once()
            except (OiwError, aiohttp.ClientError, OSError) as error:
                self._say(f"not listening ({_reason(error)}); trying again")
            finally:
                self._listener.end(self._channel)
            # What breaks as soon as it stands must not be hammered either.
            attempt = 1 if loop.time() - began_at > self._timings.longest_retry else attempt + 1
            await asyncio.sleep(self._wait_seconds(attempt))

    async def _listen_once(self) -> None:
        """Listen over one connection until it breaks; return when there has been nothing to listen to."""
        self._symbols = self._followed_symbols()
        if not self._symbols:
            self._listener.leave(self._channel)
            self._say("no followed instruments")
            await asyncio.sleep(self._timings.instruments)
            return
        async with await self._connect() as socket:
            await self._subscribe(socket, self._symbols)
            self._listener.begin(self._channel, utc_now())
            self._say(f"listening to {len(self._symbols)} instruments")
            await self._read(socket)

    def _followed_symbols(self) -> frozenset[str]:
        instruments = self._list_instruments(self._channel.venue)
        return frozenset(symbol for symbol, instrument in instruments.items() if self._channel.covers(instrument))

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(self._timings.answer):
                return await self._session.ws_connect(
                    self._url,
                    headers=dict(self._channel.headers),
                    # Pings are answered here, because their arrival is evidence.
                    autoping=False,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                )
        except TimeoutError as error:
            raise TransientError(f"no connection within {self._timings.answer:g} s") from error

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse, symbols: Iterable[str]) -> None:
        """Ask for ``symbols`` and wait until all of it has been accepted; events that come meanwhile are taken."""
        frames = self._channel.subscribe(sorted(symbols), _epoch_seconds())
        for frame in frames:
            await socket.send_str(frame)
        awaited = len(frames) * self._channel.answers_per_frame
        try:
            async with asyncio.timeout(self._timings.answer):
                while awaited:
                    awaited -= await self._take(await socket.receive(), socket) is Kind.ACCEPTED
        except TimeoutError as error:
            raise TransientError(f"subscription not answered within {self._timings.answer:g} s") from error

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take frames and ping, until the socket breaks or falls silent."""
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        ping_at = heard_at + self._timings.ping
        list_at = heard_at + self._timings.instruments
        while True:
            try:
                frame = await socket.receive(timeout=max(0.001, ping_at - loop.time()))
            except TimeoutError:
                if loop.time() - heard_at > self._timings.stale:
                    raise TransientError(f"silent for {self._timings.stale:g} s") from None
            else:
                heard_at = loop.time()
                await self._take_or_tell(frame, socket)
            if loop.time() >= ping_at:
                await self._ping(socket)
                ping_at = loop.time() + self._timings.ping
            if loop.time() >= list_at:
                await self._follow_new(socket)
                list_at = loop.time() + self._timings.instruments

    async def _take_or_tell(self, frame: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take ``frame``; one that cannot be read may have been an event, so listening begins anew after it."""
        try:
            await self._take(frame, socket)
        except InputError as error:
            self._say(f"a message could not be read ({error}); going on, with a gap before it")
            self._listener.end(self._channel)
            self._listener.begin(self._channel, utc_now())
        else:
            self._listener.hear(self._channel, utc_now())

    async def _take(self, frame: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> Kind:
        """Take one frame and return what it was.

        Raises InputError when it cannot be read, TransientError when it ends the connection or refuses a subscription.
        """
        if frame.type is aiohttp.WSMsgType.PING:
            await socket.pong(frame.data)
        if frame.type in {aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG}:
            return Kind.CONTROL
        if frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
            raise TransientError(f"closed by the venue with code {socket.close_code}")
        if frame.type is aiohttp.WSMsgType.ERROR:
            raise TransientError(f"connection broke: {_reason(socket.exception())}")
        if frame.type is not aiohttp.WSMsgType.TEXT:
            raise InputError(f"a {frame.type.name} frame where text is documented")
        return self._take_text(frame.data)

    def _take_text(self, data: str) -> Kind:
        if data == self._channel.pong:
            return Kind.CONTROL
        try:
            message = json.loads(data)
        except ValueError as error:
            raise InputError(f"no JSON: {_shown(data)}") from error
        kind = self._channel.classify(message)
        if kind is Kind.REFUSED:
            raise TransientError(f"refused: {_shown(data)}")
        if kind is Kind.EVENTS:
            events = [event for event in self._channel.parse(message) if event["symbol"] in self._symbols]
            self._listener.take_events(self._channel, events, utc_now())
        return kind

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        if self._channel.ping is None:
            await socket.ping()
        else:
            await socket.send_str(self._channel.ping(_epoch_seconds()))

    async def _follow_new(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Subscribe to instruments that have been listed since; those that are known stay followed."""
        try:
            listed = self._followed_symbols()
        except OiwError as error:
            self._say(f"instruments could not be listed ({_reason(error)}); the known ones stay followed")
            return
        new = listed - self._symbols
        self._symbols |= new
        if new:
            for frame in self._channel.subscribe(sorted(new), _epoch_seconds()):
                await socket.send_str(frame)

    def _wait_seconds(self, attempt: int) -> float:
        longest = min(self._timings.longest_retry, self._timings.first_retry * 2.0 ** min(attempt - 1, 30))
        return longest * random.uniform(0.5, 1)  # noqa: S311 -- jitter is no secret

    def _say(self, line: str) -> None:
        if line != self._said:
            self._said = line
            self._listener.say(f"{self._channel.name}: {line}")


def _epoch_seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def _reason(error: BaseException | None) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _shown(data: str) -> str:
    shown = " ".join(data.split())
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."
