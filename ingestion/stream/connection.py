"""The connection of one channel: connect, subscribe, read, ping, and connect again after a break.

What belongs here: the life of a socket. What does not: the content of messages (the venues' modules), landing
(collector.py).
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import aiohttp

from common.clock import utc_now
from common.errors import InputError, OiwError, TransientError
from ingestion.api.channel import Channel, Kind, channel_url, read_events
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
    seconds and ends when no frame has come for ``stale`` seconds. ``response`` limits connecting, and the wait for the
    response to a subscription.
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

    def begin(self, channel: Channel, at: datetime, refused: frozenset[str]) -> None:
        """Note that ``channel`` has been subscribed since ``at``, but not to the instruments ``refused``."""

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
        # The topic of each followed instrument, and the topics that the venue accepted on this connection.
        self._topics: dict[str, str] = {}
        self._accepted: set[str] = set()
        self._is_subscribed = False
        # The instruments that the covered interval of now does not include.
        self._uncovered: frozenset[str] = frozenset()
        self._unreadable: Counter[str] = Counter()
        self._newest_unreadable = ""
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
                self._is_subscribed = False
                self._observer.end(self._channel)
                self._tell_unreadable()
            # The count starts again only after a long connection: one that breaks at once must not reconnect at once.
            attempt = 1 if loop.time() - began_at > self._timings.longest_retry else attempt + 1
            await asyncio.sleep(self._wait_seconds(attempt))

    async def _run_once(self) -> None:
        """Connect once and read until the connection breaks. Without followed instruments, wait and return."""
        self._topics, self._accepted = self._followed_topics(), set()
        if not self._topics:
            self._observer.leave(self._channel)
            self._say("no followed instruments")
            await asyncio.sleep(self._timings.instruments)
            return
        async with await self._connect() as socket:
            await self._subscribe(socket, self._topics)
            self._is_subscribed = True
            self._begin_coverage()
            await self._read(socket)

    def _followed_topics(self) -> dict[str, str]:
        """Return the topic of each instrument that the channel covers, by symbol."""
        listed = self._list_instruments(self._channel.venue).items()
        return {symbol: self._channel.topic(item) for symbol, item in listed if self._channel.covers(item)}

    def _refused_symbols(self) -> frozenset[str]:
        return frozenset(symbol for symbol, topic in self._topics.items() if topic not in self._accepted)

    def _begin_coverage(self) -> None:
        self._uncovered = self._refused_symbols()
        self._observer.begin(self._channel, utc_now(), self._uncovered)

    def _restart_coverage(self) -> None:
        """End the covered interval at the last frame, and begin a new one now."""
        self._observer.end(self._channel)
        self._begin_coverage()

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

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse, topics_by_symbol: Mapping[str, str]) -> None:
        """Subscribe to the topics that are not accepted yet, one by one. Events that come meanwhile are taken.

        One frame per topic, because venues refuse a frame as a whole for one topic that they do not know. Raises
        TransientError when the venue accepts no topic, or does not respond.
        """
        topics = sorted(set(topics_by_symbol.values()) - self._accepted)
        refused = {topic: refusal for topic in topics if (refusal := await self._refusal(socket, topic))}
        self._accepted.update(topic for topic in topics if topic not in refused)
        refusals = "; ".join(f"{topic}: {refusal}" for topic, refusal in refused.items())
        if not self._accepted:
            raise TransientError(f"the venue refused the subscription: {refusals}")
        subscribed = len(self._topics) - len(self._refused_symbols())
        line = f"subscribed to {subscribed} instruments"
        self._say(f"{line}; the venue refused {refusals}; the others go on" if refused else line)

    async def _refusal(self, socket: aiohttp.ClientWebSocketResponse, topic: str) -> str | None:
        """Subscribe to ``topic``. Return None when the venue accepts it, else the venue's response."""
        if self._channel.subscribe is None:
            return None
        await socket.send_str(self._channel.subscribe(topic, _epoch_seconds()))
        try:
            async with asyncio.timeout(self._timings.response):
                while True:
                    frame = await socket.receive()
                    kind = await self._take(frame, socket)
                    if kind in {Kind.ACCEPTED, Kind.REFUSED}:
                        return _shown(frame.data) if kind is Kind.REFUSED else None
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
                if await self._take(frame, socket) is Kind.REFUSED:
                    raise TransientError(f"the venue reports an error: {_shown(frame.data)}")
            if loop.time() >= ping_at:
                self._tell_unreadable()
                await self._ping(socket)
                ping_at = loop.time() + self._timings.ping
            if loop.time() >= list_at:
                await self._follow_new(socket)
                list_at = loop.time() + self._timings.instruments

    async def _take(self, frame: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> Kind | None:
        """Take one frame and return its kind, None when it is unreadable. Raises TransientError when the socket ended.

        What is unreadable may be a liquidation of a followed instrument, so the covered interval ends before it.
        """
        if frame.type is aiohttp.WSMsgType.PING:
            await socket.pong(frame.data)
        if frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
            raise TransientError(f"closed by the venue with code {socket.close_code}")
        if frame.type is aiohttp.WSMsgType.ERROR:
            raise TransientError(f"the connection broke: {_reason(socket.exception())}")
        try:
            kind, unreadable_events = self._take_content(frame)
        except InputError as error:
            kind, unreadable_events = None, []
            self._note_unreadable("message", error)
        for reason in unreadable_events:
            self._note_unreadable("event", reason)
        if self._is_subscribed:
            if kind is None or unreadable_events:
                self._restart_coverage()
            else:
                self._observer.note_frame(self._channel, utc_now())
        return kind

    def _take_content(self, frame: aiohttp.WSMessage) -> tuple[Kind, list[InputError]]:
        """Return the kind of a frame, and an error for each unreadable event. Raises InputError for another message."""
        if frame.type in {aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG}:
            return Kind.CONTROL, []
        if frame.type is not aiohttp.WSMsgType.TEXT:
            raise InputError(f"the venue sent a {frame.type.name} frame, but its documentation has only text frames")
        if frame.data == self._channel.pong:
            return Kind.CONTROL, []
        try:
            message = json.loads(frame.data)
        except ValueError as error:
            raise InputError(f"not JSON: {_shown(frame.data)}") from error
        kind = self._channel.classify(message)
        if kind is not Kind.EVENTS:
            return kind, []
        received_at = utc_now()
        events, errors = read_events(self._channel, message, self._topics, received_at)
        self._observer.take_events(self._channel, events, received_at)
        return kind, errors

    def _note_unreadable(self, what: str, error: InputError) -> None:
        self._unreadable[what] += 1
        self._newest_unreadable = _reason(error)

    def _tell_unreadable(self) -> None:
        """Report the unreadable messages and events since the start, if there are new ones."""
        if self._newest_unreadable:
            counts = ", ".join(f"{what}s: {count}" for what, count in sorted(self._unreadable.items()))
            self._say(f"unreadable {counts} (newest: {self._newest_unreadable}); coverage has a gap before each")
            self._newest_unreadable = ""

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        if self._channel.ping is None:
            await socket.ping()
        else:
            await socket.send_str(self._channel.ping(_epoch_seconds()))

    async def _follow_new(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Subscribe to new instruments, and again to those that the venue refused. The known ones stay followed."""
        try:
            listed = self._followed_topics()
        except OiwError as error:
            self._say(f"instruments could not be listed ({_reason(error)}); the known instruments stay followed")
            return
        self._topics |= listed
        if not set(listed.values()) <= self._accepted:
            await self._subscribe(socket, listed)
        if self._refused_symbols() != self._uncovered:
            self._restart_coverage()

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
