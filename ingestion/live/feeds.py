"""One API's part of a tick: instruments, then every feed, history from the watermark on and oldest first.

What belongs here: which windows are asked, in which order. What does not: sending (sending.py), landing (batches.py).
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ccxt.async_support.base.exchange import Exchange

from common.errors import OiwError
from ingestion.api.feed import Feed, Instrument, Response, VenueApi, Window
from ingestion.live.exchange import is_rate_limited
from ingestion.live.instruments import instrument_reading, is_followed, list_instruments
from ingestion.live.part import Part
from ingestion.live.sending import NotSentError, Pace
from ingestion.live.series import LONGEST_LOOK_BACK
from ingestion.live.windows import windows

# Of what is longer, each half has a whole second.
_SHORTEST_WINDOW = timedelta(seconds=2)


@dataclass(frozen=True)
class _Subject:
    """What one feed is asked about: ``instrument`` (None: all at once), from ``since`` on (None: its value now)."""

    feed: Feed
    instrument: Instrument | None
    instruments: Mapping[str, Instrument]
    since: datetime | None


@dataclass
class ApiTick:
    """One API's part of a tick, over ``exchange``."""

    api: VenueApi
    exchange: Exchange
    part: Part

    async def run(self) -> None:
        """Fetch everything; what fails of it is a line of ``failures``.

        Raises OiwError when there are no instruments.
        """
        tasks: list[asyncio.Task[None]] = []
        try:
            async with asyncio.timeout_at(self.part.sender.ends_at_seconds) as deadline:
                subjects = await self._plan()
                deadline.reschedule(self.part.sender.ends_at_seconds)
                paces = {feed.name: Pace(self._requests_per_second(feed)) for feed in self.api.feeds}
                tasks = [asyncio.create_task(self._fetch_or_report(each, paces[each.feed.name])) for each in subjects]
                await asyncio.gather(*tasks)
        except TimeoutError:
            unfinished = sum(task.cancelled() for task in tasks)
            self.part.failures.append(
                f"{unfinished} of {len(tasks)} series not finished in time; the next tick goes on there"
            )
        finally:
            for task in tasks:
                task.cancel()

    async def _plan(self) -> list[_Subject]:
        """Land the instruments and return what is to be asked about them."""
        instruments, failures = await list_instruments(self.api, self.exchange, self.part.sender, self.part.live.assets)
        self.part.failures += failures
        now = self.part.clock()
        reading = instrument_reading(self.api)
        self.part.landing.take(reading, reading.parse(Response(None, now, instruments)), None, now)
        self.part.landing.flush()
        followed = {symbol: instrument for symbol, instrument in instruments.items() if is_followed(instrument, now)}
        subjects = [subject for feed in self.api.feeds for subject in self._subjects(feed, followed, now)]
        # What cannot be asked for later comes first.
        subjects.sort(key=lambda subject: subject.since is not None)
        self._allow_time(subjects, now)
        self.part.progress.plan(sum(1 for subject in subjects for _ in windows(subject.feed, subject.since, now)))
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
        """Return from which label on ``instrument`` is asked: the watermark less the overlap, or what is kept."""
        oldest = now - min(timedelta(days=self.part.live.backfill_days), feed.retention or timedelta.max)
        known = self.part.landing.since(feed.readings[0], instrument.symbol)
        # Some venues are asked in seconds: a page that begins between two of them would end a label early.
        return max(oldest, known or instrument.listed_at or oldest).replace(microsecond=0)

    def _allow_time(self, subjects: list[_Subject], now: datetime) -> None:
        """Give an API that has a long stretch to make up the time for it."""
        oldest = min((subject.since for subject in subjects if subject.since), default=now)
        if now - oldest > 2 * LONGEST_LOOK_BACK:
            self.part.sender.ends_at_seconds += self.part.live.backfill_seconds - self.part.live.tick_seconds

    def _requests_per_second(self, feed: Feed) -> float | None:
        return feed.requests_per_second if is_rate_limited(self.api.api_id, self.part.live) else None

    async def _fetch_or_report(self, subject: _Subject, pace: Pace) -> None:
        """Fetch a series; its failure ends it alone, so that what has landed of it has no hole."""
        try:
            for window in windows(subject.feed, subject.since, self.part.clock()):
                await self._fetch_page(subject, window, pace)
                self.part.progress.note_done()
        except NotSentError:
            self.part.not_sent += 1
        except OiwError as error:
            of = f" of {subject.instrument.symbol}" if subject.instrument else ""
            self.part.failures.append(f"{subject.feed.name}{of}: {error}")

    async def _fetch_page(self, subject: _Subject, window: Window | None, pace: Pace) -> None:
        feed = subject.feed
        payload = await self.part.sender.send(
            lambda: feed.request(self.exchange, subject.instrument, window), endpoint=feed.name, pace=pace
        )
        response = Response(payload, self.part.clock(), subject.instruments)
        # Everything is read before anything is kept: a response counts as a whole or not at all.
        parsed = [(reading, list(reading.parse(response))) for reading in feed.readings]
        if window and _is_cut(feed, window, max(len(rows) for _, rows in parsed)):
            # A whole second, as for the first page.
            middle = (window.since + (window.until - window.since) // 2).replace(microsecond=0)
            await self._fetch_page(subject, Window(window.since, middle), pace)
            await self._fetch_page(subject, Window(middle, window.until), pace)
            return
        for reading, rows in parsed:
            self.part.landing.take(reading, rows, window, response.received_at)
        if window:
            self.part.landing.note_asked(feed.readings, subject.instruments, window.until)


def _is_cut(feed: Feed, window: Window, count: int) -> bool:
    """Return whether the page was too small for what happened in its window: only events come irregularly."""
    is_irregular = all(reading.interval_seconds is None for reading in feed.readings)
    return (
        is_irregular
        and feed.page_rows is not None
        and count >= feed.page_rows
        and window.until - window.since > _SHORTEST_WINDOW
    )
