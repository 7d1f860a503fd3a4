"""The fetch of one API in a tick: its instruments, then its feeds. A history continues from its watermark.

What belongs here: the requested windows and their order. What does not: sending (sender.py), landing
(provider_landing.py).
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ccxt.async_support.base.exchange import Exchange

from common.errors import OiwError
from ingestion.api.feed import Feed, Instrument, Response, VenueApi, Window
from ingestion.live.exchange import is_rate_limited
from ingestion.live.fetch_context import FetchContext
from ingestion.live.instruments import instrument_reading, is_followed, list_instruments
from ingestion.live.sender import NotSentError, Pace
from ingestion.live.series_state import LONGEST_LOOK_BACK
from ingestion.live.windows import windows

# A longer window can be halved at a whole second.
_SHORTEST_WINDOW = timedelta(seconds=2)


@dataclass(frozen=True)
class _Subject:
    """A series of pages to request from ``feed``.

    ``instrument`` is None for all ``instruments`` at once; ``since`` is the first label, None for the current value.
    """

    feed: Feed
    instrument: Instrument | None
    instruments: Mapping[str, Instrument]
    since: datetime | None


@dataclass
class ApiFetch:
    """Fetches the instruments and feeds of one API over ``exchange``."""

    api: VenueApi
    exchange: Exchange
    context: FetchContext

    async def run(self) -> None:
        """Fetch all series. The failure of a series becomes a line of ``failures``.

        Raises OiwError when the instruments cannot be listed.
        """
        tasks: list[asyncio.Task[None]] = []
        try:
            async with asyncio.timeout_at(self.context.sender.ends_at_seconds) as deadline:
                subjects = await self._plan()
                deadline.reschedule(self.context.sender.ends_at_seconds)
                paces = {feed.name: Pace(self._requests_per_second(feed)) for feed in self.api.feeds}
                tasks = [asyncio.create_task(self._fetch_or_report(each, paces[each.feed.name])) for each in subjects]
                await asyncio.gather(*tasks)
        except TimeoutError:
            unfinished = sum(task.cancelled() for task in tasks)
            self.context.failures.append(
                f"{unfinished} of {len(tasks)} series were not finished in time; the next tick continues them"
            )
        finally:
            for task in tasks:
                task.cancel()

    async def _plan(self) -> list[_Subject]:
        """Land the instruments and return the series to request for them."""
        sender, assets = self.context.sender, self.context.live.assets
        instruments, failures = await list_instruments(self.api, self.exchange, sender, assets)
        self.context.failures += failures
        now = self.context.clock()
        reading = instrument_reading(self.api)
        self.context.landing.take(reading, reading.parse(Response(None, now, instruments)), None, now)
        self.context.landing.flush()
        followed = {symbol: instrument for symbol, instrument in instruments.items() if is_followed(instrument, now)}
        subjects = [subject for feed in self.api.feeds for subject in self._subjects(feed, followed, now)]
        # Snapshots come first: the current value cannot be requested later, a history can.
        subjects.sort(key=lambda subject: subject.since is not None)
        self._allow_time(subjects, now)
        self.context.progress.plan(sum(1 for subject in subjects for _ in windows(subject.feed, subject.since, now)))
        return subjects

    def _subjects(self, feed: Feed, followed: Mapping[str, Instrument], now: datetime) -> Iterator[_Subject]:
        having = {symbol: instrument for symbol, instrument in followed.items() if feed.applies_to(instrument)}
        if not having:
            return
        if feed.is_bulk:
            since = min(self._since(feed, instrument, now) for instrument in having.values())
            yield _Subject(feed, None, having, since if feed.label_spacing else None)
            return
        for symbol, instrument in having.items():
            since = self._since(feed, instrument, now)
            yield _Subject(feed, instrument, {symbol: instrument}, since if feed.label_spacing else None)

    def _since(self, feed: Feed, instrument: Instrument, now: datetime) -> datetime:
        """Return the first label to request: the watermark minus the overlap, but not before the oldest kept label."""
        oldest = now - min(timedelta(days=self.context.live.backfill_days), feed.retention or timedelta.max)
        known = self.context.landing.since(feed.readings[0], instrument.symbol)
        # Some requests count in whole seconds. A page that begins between two seconds would end one label early.
        return max(oldest, known or instrument.listed_at or oldest).replace(microsecond=0)

    def _allow_time(self, subjects: list[_Subject], now: datetime) -> None:
        """Give the fetch more time when its oldest series begins more than two days ago."""
        oldest = min((subject.since for subject in subjects if subject.since), default=now)
        if now - oldest > 2 * LONGEST_LOOK_BACK:
            self.context.sender.ends_at_seconds += self.context.live.backfill_seconds - self.context.live.tick_seconds

    def _requests_per_second(self, feed: Feed) -> float | None:
        return feed.requests_per_second if is_rate_limited(self.api.api_id, self.context.live) else None

    async def _fetch_or_report(self, subject: _Subject, pace: Pace) -> None:
        """Fetch a series page by page. A failure ends the series, so its landed rows have no gap."""
        try:
            for window in windows(subject.feed, subject.since, self.context.clock()):
                await self._fetch_page(subject, window, pace)
                self.context.progress.note_done()
        except NotSentError:
            self.context.not_sent += 1
        except OiwError as error:
            of = f" of {subject.instrument.symbol}" if subject.instrument else ""
            self.context.failures.append(f"{subject.feed.name}{of}: {error}")

    async def _fetch_page(self, subject: _Subject, window: Window | None, pace: Pace) -> None:
        feed = subject.feed
        payload = await self.context.sender.send(
            lambda: feed.request(self.exchange, subject.instrument, window), endpoint=feed.name, pace=pace
        )
        response = Response(payload, self.context.clock(), subject.instruments)
        # All readings parse before a row is kept, so an error in one reading drops the whole response.
        parsed = [(reading, list(reading.parse(response))) for reading in feed.readings]
        if window and _is_cut(feed, window, max(len(rows) for _, rows in parsed)):
            # At a whole second, because some requests count in seconds (see _since).
            middle = (window.since + (window.until - window.since) // 2).replace(microsecond=0)
            await self._fetch_page(subject, Window(window.since, middle), pace)
            await self._fetch_page(subject, Window(middle, window.until), pace)
            return
        for reading, rows in parsed:
            self.context.landing.take(reading, rows, window, response.received_at)
        if window:
            self.context.landing.note_requested(feed.readings, subject.instruments, window.until)


def _is_cut(feed: Feed, window: Window, count: int) -> bool:
    """Return whether the page was full, so that the window may have more rows.

    Only readings at irregular times, such as events, can exceed a page: a window has at most ``page_rows`` labels.
    """
    is_irregular = all(reading.interval_seconds is None for reading in feed.readings)
    return (
        is_irregular
        and feed.page_rows is not None
        and count >= feed.page_rows
        and window.until - window.since > _SHORTEST_WINDOW
    )
