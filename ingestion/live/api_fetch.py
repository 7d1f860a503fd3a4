"""The fetch of one API in a tick: its instruments, then its feeds. A history continues from its watermark.

What belongs here: the requested windows and their order. What does not: sending (sender.py), landing
(provider_landing.py).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ccxt.async_support.base.exchange import Exchange

from common.errors import OiwError
from ingestion.api.damaged_rows import read_all
from ingestion.api.errors import BannedError, BlockedError, UnreachableError
from ingestion.api.feed import Feed, Instrument, Reading, Response, VenueApi, Window
from ingestion.api.instruments import asset_of
from ingestion.api.rows import Row
from ingestion.live.exchange import is_rate_limited
from ingestion.live.fetch_context import FetchContext
from ingestion.live.instruments import instrument_reading, is_followed, list_instruments
from ingestion.live.paging import Page, Pager
from ingestion.live.sender import NotSentError, Pace
from ingestion.live.series_state import LONGEST_LOOK_BACK
from ingestion.live.windows import windows


@dataclass(frozen=True)
class _Subject:
    """A series of pages to request from ``feed``.

    ``instrument`` is None for all ``instruments`` at once; ``since`` is the first label, None for the current value.
    """

    feed: Feed
    instrument: Instrument | None
    instruments: Mapping[str, Instrument]
    since: datetime | None

    @property
    def name(self) -> str:
        """The feed, and the instrument where the series has one."""
        return f"{self.feed.name} of {self.instrument.symbol}" if self.instrument else self.feed.name


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
                pagers = {feed.name: Pager(feed) for feed in self.api.feeds}
                tasks = [
                    asyncio.create_task(self._fetch_or_report(each, pagers[each.feed.name], paces[each.feed.name]))
                    for each in subjects
                ]
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
        instruments = await self._instruments()
        now = self.context.clock()
        followed = {symbol: instrument for symbol, instrument in instruments.items() if is_followed(instrument, now)}
        subjects = [subject for feed in self.api.feeds for subject in self._subjects(feed, followed, now)]
        # Snapshots come first: the current value cannot be requested later, a history can.
        subjects.sort(key=lambda subject: subject.since is not None)
        self._allow_time(subjects, now)
        self.context.progress.plan(sum(1 for subject in subjects for _ in windows(subject.feed, subject.since, now)))
        return subjects

    async def _instruments(self) -> Mapping[str, Instrument]:
        """Land the contracts that the venue lists and return them; without a list, return those that landed last.

        Raises OiwError when there is no list, and no contract has landed or no other request would succeed.
        """
        context = self.context
        try:
            instruments, failures = await list_instruments(self.api, self.exchange, context.sender, context.live.assets)
        except (UnreachableError, NotSentError, BannedError, BlockedError):
            raise
        except OiwError as error:
            landed = {
                symbol: instrument
                for symbol, instrument in context.landing.landed_instruments().items()
                if asset_of(instrument.symbol_native) in context.live.assets
            }
            if not landed:
                raise
            context.failures.append(f"list of contracts: {error}; the contracts that landed last are used")
            return landed
        context.failures += failures
        now = context.clock()
        reading = instrument_reading(self.api)
        context.landing.take(reading, reading.parse(Response(None, now, instruments)), None, now)
        context.landing.flush()
        return instruments

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

    def _requested_until(self, subject: _Subject) -> datetime | None:
        """Return the end of the time that was requested for all instruments of ``subject``; None if there is none."""
        reading = subject.feed.readings[0]
        ends = [self.context.landing.series(reading, symbol).requested_until for symbol in subject.instruments]
        return min((end for end in ends if end), default=None) if all(ends) else None

    def _allow_time(self, subjects: list[_Subject], now: datetime) -> None:
        """Give the fetch more time when its oldest series begins more than two days ago."""
        oldest = min((subject.since for subject in subjects if subject.since), default=now)
        if now - oldest > 2 * LONGEST_LOOK_BACK:
            self.context.sender.ends_at_seconds += self.context.live.backfill_seconds - self.context.live.tick_seconds

    def _requests_per_second(self, feed: Feed) -> float | None:
        return feed.requests_per_second if is_rate_limited(self.api.api_id, self.context.live) else None

    async def _fetch_or_report(self, subject: _Subject, pager: Pager, pace: Pace) -> None:
        """Fetch a series page by page. A failure ends the series, so its landed rows have no gap.

        The rows from there on are requested again later.
        """
        try:
            requested_until = self._requested_until(subject)
            for window in windows(subject.feed, subject.since, self.context.clock()):
                if window:
                    read = partial(self._read_page, subject, pace)
                    async for page in pager.pages(window, read, requested_until=requested_until):
                        self.context.keep(subject.name, page.parsed, page.damaged, page.window, page.received_at)
                        self.context.landing.note_requested(
                            subject.feed.readings, subject.instruments, page.covered_until
                        )
                else:
                    await self._fetch_snapshot(subject, pace)
                self.context.progress.note_done()
        except NotSentError:
            self.context.not_sent += 1
        except OiwError as error:
            self.context.failures.append(f"{subject.name}: {error}")

    async def _read_page(self, subject: _Subject, pace: Pace, window: Window) -> Page:
        """Request one page of a history, once more if a row is damaged."""
        response, parsed, damaged = await self._read(subject, window, pace)
        if damaged:
            response, parsed, damaged = await self._read(subject, window, pace)
        return Page(window, parsed, damaged, response.received_at)

    async def _fetch_snapshot(self, subject: _Subject, pace: Pace) -> None:
        """Fetch the current values and land them. Raises OiwError when the request fails or no row can be read."""
        response, parsed, damaged = await self._read(subject, None, pace)
        self.context.failures += _absent_contracts(subject, parsed, damaged)
        self.context.keep(subject.name, parsed, damaged, None, response.received_at)

    async def _read(
        self, subject: _Subject, window: Window | None, pace: Pace
    ) -> tuple[Response, list[tuple[Reading, list[Row]]], list[str]]:
        """Send one request. Return the response, the rows of each reading, and a line for each damaged row."""
        feed = subject.feed
        payload = await self.context.sender.send(
            lambda: feed.request(self.exchange, subject.instrument, window), endpoint=feed.name, pace=pace
        )
        response = Response(payload, self.context.clock(), subject.instruments)
        # All readings parse before a row is kept, so an error of a page of history drops the whole page.
        return response, *read_all(feed.readings, response, is_snapshot=window is None)


def _absent_contracts(
    subject: _Subject, parsed: Sequence[tuple[Reading, Sequence[Row]]], damaged: Sequence[str]
) -> list[str]:
    """Return a line for each requested contract of which a response with current values has no row or an empty value.

    Events and settlements come at no fixed distance, so a response without them is complete.
    """
    levels = [(reading, rows) for reading, rows in parsed if reading.interval_seconds is not None]
    if not levels:
        return []
    name = subject.feed.name
    present = {row["symbol"] for _, rows in levels for row in rows}
    absent = [
        f"{name} of {symbol}: the response has no row of this contract; it may have a new name"
        for symbol in subject.instruments
        if symbol not in present and not any(line.startswith(f"{symbol}: ") for line in damaged)
    ]
    empty = [
        f"{name} of {row['symbol']}: {reading.collector} has no value of this contract"
        for reading, rows in levels
        for row in rows
        if row[reading.dataset.value] is None
    ]
    return absent + empty
