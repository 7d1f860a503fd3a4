"""The liquidation collector: it reads all channels in parallel and lands the events every few seconds and at the end.

What belongs here: the run, the events in memory between two batches, and the order of landing. What does not: sockets
(connection.py), covered time (coverage.py), rows and files (stream_landing.py).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from common.clock import utc_now
from common.settings import SourceMode
from ingestion.api.channel import Channel
from ingestion.api.rows import Row
from ingestion.stream.connection import Connection, InstrumentSource, Timings
from ingestion.stream.coverage import CoverageLedger
from ingestion.stream.stream_landing import StreamLanding


class _Recorder:
    """Keeps the events and the coverage that the connections report, until they land."""

    def __init__(
        self, channels: Iterable[Channel], landing: StreamLanding, push_delay: timedelta, say: Callable[[str], None]
    ) -> None:
        self._ledger = CoverageLedger(channels, push_delay)
        self._landing = landing
        self._events: dict[tuple[str, str], Row] = {}
        self.begin = self._ledger.begin
        self.note_frame = self._ledger.note_frame
        self.end = self._ledger.end
        self.leave = self._ledger.leave
        self.say = say

    def take_events(self, channel: Channel, events: Iterable[Row], at: datetime) -> None:
        for event in events:
            identity = (channel.api_id, event["event_id"])
            self._events.setdefault(identity, self._landing.event_row(channel, event, at))

    def land_events(self) -> None:
        self._landing.land_events(self._events.values(), utc_now())
        self._events.clear()

    def land_all(self) -> None:
        """Land the events, then the intervals: an interval must not land before its events."""
        intervals = self._ledger.take()
        self.land_events()
        self._landing.land_intervals(intervals, utc_now())


async def collect_liquidations(
    channels: Iterable[Channel],
    *,
    landing_dir: Path,
    source_mode: SourceMode,
    list_instruments: InstrumentSource,
    stop: asyncio.Event,
    base_urls: Mapping[str, str],
    timings: Timings,
    say: Callable[[str], None],
) -> None:
    """Read ``channels`` and land liquidation events and covered intervals, until ``stop`` is set.

    Events that have arrived when ``stop`` is set land before this returns. A killed process loses at most the events of
    the last ``timings.flush`` seconds, and the covered interval ends before them. ``base_urls`` (API to URL) replace
    the venues' own hosts. ``say`` receives one line when the state of a connection changes. Raises the error when a
    batch cannot be written.
    """
    channels = tuple(channels)
    recorder = _Recorder(channels, StreamLanding(landing_dir, source_mode), timedelta(seconds=timings.push_delay), say)
    async with aiohttp.ClientSession() as session, AsyncExitStack() as at_end:
        connections = [
            Connection(
                channel,
                session=session,
                base_urls=base_urls,
                list_instruments=list_instruments,
                observer=recorder,
                timings=timings,
            )
            for channel in channels
        ]
        at_end.callback(recorder.land_all)
        tasks = [asyncio.create_task(connection.run()) for connection in connections]
        tasks.append(asyncio.create_task(_until(stop)))
        at_end.push_async_callback(_cancel, tasks)
        await _land_while(tasks, recorder, timings)
        # The connections still read the events that the venues have already sent.
        await asyncio.sleep(timings.drain)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


async def _land_while(tasks: list[asyncio.Task[None]], recorder: _Recorder, timings: Timings) -> None:
    """Land every few seconds until a task ends: the one that waits for ``stop``, or one that raises an error."""
    loop = asyncio.get_running_loop()
    intervals_at = loop.time() + timings.coverage
    done: set[asyncio.Task[None]] = set()
    while not done:
        done, _ = await asyncio.wait(tasks, timeout=timings.flush, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if loop.time() < intervals_at:
            recorder.land_events()
        else:
            recorder.land_all()
            intervals_at = loop.time() + timings.coverage


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
