"""The connection of one channel: connect, subscribe, read, ping, and connect again after a break.

What belongs here: the life of a socket. What does not: the content of messages (the venues' modules), landing
(collector.py).
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import aiohttp

from common.clock import utc_now
from common.errors import InputError, OiwError, TransientError
from ingestion.api.channel import Channel, Kind, channel_url
from ingestion.api.feed import Instrument
from ingestion.api.rows import Row

# Returns the followed instruments of a venue, by symbol. Raises OiwError when it cannot list them now.
InstrumentSource = Callable[[str], Mapping[str, Instrument]]

_CLOSE_SECONDS = 1.0
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class Timings:
    """The collector's waits, in seconds.

    Events land every ``flush`` seconds, covered intervals every ``coverage`` seconds. A connection pings every ``ping``
    seconds and ends when no frame has come for ``stale`` seconds. ``response`` limits connecting and subscribing, each.
    The waits between attempts grow from ``first_retry`` to ``longest_retry``. The instruments are listed again every
    ``instruments`` seconds. A venue may push an event up to ``push_delay`` seconds late. After the stop, connections
    read on for ``drain`` seconds.
    """

    flush: float = 5
    coverage: float = 60
    ping: float = 15
    stale: float = 40
    response: float = 15
    first_retry: float = 1
    longest_retry: float = 60
    instruments: float = 300
    push_delay: float = 2
    drain: float = 0.2


class Observer(Protocol):
    """The receiver of a connection's reports."""

    def begin(self, channel: Channel, at: datetime) -> None:
        """Note that ``channel`` has been subscribed since ``at``."""

    def note_frame(self, channel: Channel, at: datetime) -> None:
        """Note that a frame of ``channel`` came at ``at``."""

    def end(self, channel: Channel) -> None:
        """Note that ``channel`` may have missed events since its last frame."""

    def leave(self, channel: Channel) -> None:
        """Note that ``channel`` has no followed instruments."""

    def take_events(self, channel: Channel, events: Iterable[Row], at: datetime) -> None:
        """Keep ``events`` of followed instruments, which came at ``at``."""

    def say(self, line: str) -> None:
        """Tell the user that the state of a connection has changed."""


class Connection:
    """Keeps one channel connected and reports to an observer."""

    def __init__(
        self,
        channel: Channel,
        *,
        session: aiohttp.ClientSession,
        base_urls: Mapping[str, str],
        list_instruments: InstrumentSource,
        observer: Observer,
        timings: Timings,
    ) -> None:
        """Connect to nothing yet."""
        self._channel = channel
        self._session = session
        self._url = channel_url(channel, base_urls)
        self._list_instruments = list_instruments
        self._observer = observer
        self._timings = timings
        self._symbols: frozenset[str] = frozenset()
        self._last_line = ""

    async def run(self) -> None:
        """Keep the channel connected until cancelled. Report the reason of each break, but equal reasons only once."""
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            began_at = loop.time()
            try:
                await self._run_once()
            except (OiwError, aiohttp.ClientError, OSError) as error:
                self._say(f"not connected ({_reason(error)}); retrying")
            finally:
                self._observer.end(self._channel)
            # The count starts again only after a long connection: one that breaks at once must not reconnect at once.
            attempt = 1 if loop.time() - began_at > self._timings.longest_retry else attempt + 1
            await asyncio.sleep(self._wait_seconds(attempt))

    async def _run_once(self) -> None:
        """Connect once and read until the connection breaks. Without followed instruments, wait and return."""
        self._symbols = self._followed_symbols()
        if not self._symbols:
            self._observer.leave(self._channel)
            self._say("no followed instruments")
            await asyncio.sleep(self._timings.instruments)
            return
        async with await self._connect() as socket:
            await self._subscribe(socket, self._symbols)
            self._observer.begin(self._channel, utc_now())
            self._say(f"subscribed to {len(self._symbols)} instruments")
            await self._read(socket)

    def _followed_symbols(self) -> frozenset[str]:
        instruments = self._list_instruments(self._channel.venue)
        return frozenset(symbol for symbol, instrument in instruments.items() if self._channel.covers(instrument))

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(self._timings.response):
                return await self._session.ws_connect(
                    self._url,
                    headers=dict(self._channel.headers),
                    # _take responds to pings itself, because a ping is evidence that the connection lives.
                    autoping=False,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                )
        except TimeoutError as error:
            raise TransientError(f"no connection within {self._timings.response:g} s") from error

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse, symbols: Iterable[str]) -> None:
        """Subscribe to ``symbols`` and wait until the venue has accepted them. Events that come meanwhile are taken."""
        frames = self._channel.subscribe(sorted(symbols), _epoch_seconds())
        for frame in frames:
            await socket.send_str(frame)
        awaited = len(frames) * self._channel.responses_per_frame
        try:
            async with asyncio.timeout(self._timings.response):
                while awaited:
                    awaited -= await self._take(await socket.receive(), socket) is Kind.ACCEPTED
        except TimeoutError as error:
            raise TransientError(f"no response to the subscription within {self._timings.response:g} s") from error

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Read frames and send pings, until the socket breaks or no frame comes for too long."""
        loop = asyncio.get_running_loop()
        last_frame_at = loop.time()
        ping_at = last_frame_at + self._timings.ping
        list_at = last_frame_at + self._timings.instruments
        while True:
            try:
                frame = await socket.receive(timeout=max(0.001, ping_at - loop.time()))
            except TimeoutError:
                if loop.time() - last_frame_at > self._timings.stale:
                    raise TransientError(f"no message for {self._timings.stale:g} s") from None
            else:
                last_frame_at = loop.time()
                await self._take_or_tell(frame, socket)
            if loop.time() >= ping_at:
                await self._ping(socket)
                ping_at = loop.time() + self._timings.ping
            if loop.time() >= list_at:
                await self._follow_new(socket)
                list_at = loop.time() + self._timings.instruments

    async def _take_or_tell(self, frame: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take ``frame``. An unreadable frame may be an event, so the covered interval ends before it."""
        try:
            await self._take(frame, socket)
        except InputError as error:
            self._say(f"a message is unreadable ({error}); coverage has a gap before it")
            self._observer.end(self._channel)
            self._observer.begin(self._channel, utc_now())
        else:
            self._observer.note_frame(self._channel, utc_now())

    async def _take(self, frame: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> Kind:
        """Take one frame and return its kind.

        Raises InputError when the frame is unreadable, TransientError when it ends the connection or refuses a
        subscription.
        """
        if frame.type is aiohttp.WSMsgType.PING:
            await socket.pong(frame.data)
        if frame.type in {aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG}:
            return Kind.CONTROL
        if frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
            raise TransientError(f"closed by the venue with code {socket.close_code}")
        if frame.type is aiohttp.WSMsgType.ERROR:
            raise TransientError(f"the connection broke: {_reason(socket.exception())}")
        if frame.type is not aiohttp.WSMsgType.TEXT:
            raise InputError(f"the venue sent a {frame.type.name} frame, but its documentation has only text frames")
        return self._take_text(frame.data)

    def _take_text(self, data: str) -> Kind:
        if data == self._channel.pong:
            return Kind.CONTROL
        try:
            message = json.loads(data)
        except ValueError as error:
            raise InputError(f"not JSON: {_shown(data)}") from error
        kind = self._channel.classify(message)
        if kind is Kind.REFUSED:
            raise TransientError(f"the venue refused the subscription: {_shown(data)}")
        if kind is Kind.EVENTS:
            events = [event for event in self._channel.parse(message) if event["symbol"] in self._symbols]
            self._observer.take_events(self._channel, events, utc_now())
        return kind

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        if self._channel.ping is None:
            await socket.ping()
        else:
            await socket.send_str(self._channel.ping(_epoch_seconds()))

    async def _follow_new(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Subscribe to newly listed instruments. The known ones stay followed."""
        try:
            listed = self._followed_symbols()
        except OiwError as error:
            self._say(f"instruments could not be listed ({_reason(error)}); the known instruments stay followed")
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
        if line != self._last_line:
            self._last_line = line
            self._observer.say(f"{self._channel.name}: {line}")


def _epoch_seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def _reason(error: BaseException | None) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _shown(data: str) -> str:
    shown = " ".join(data.split())
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."
