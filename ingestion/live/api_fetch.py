"""The fetch of one API in a tick: its instruments, then its feeds. A history continues from its watermark.

What belongs here: the requested windows and their order. What does not: sending (sender.py), landing
(provider_landing.py).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from ingestion.live.sender import NotSentError, Pace
from ingestion.live.series_state import LONGEST_LOOK_BACK
from ingestion.live.windows import windows

# So many of the newest bars may be missing without a further request.
_LATE_BARS = 3
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
        """Fetch one page and what it left out. A page of a history with a damaged row is requested once more.

        Raises OiwError when a request fails or no row can be read; then the rows of the page are requested again later.
        """
        feed = subject.feed
        response, parsed, damaged = await self._read_page(subject, window, pace)
        if window and damaged:
            response, parsed, damaged = await self._read_page(subject, window, pace)
        if window and _is_cut(feed, window, max(len(rows) for _, rows in parsed)):
            # At a whole second, because some requests count in seconds (see _since).
            middle = (window.since + (window.until - window.since) // 2).replace(microsecond=0)
            await self._fetch_page(subject, Window(window.since, middle), pace)
            await self._fetch_page(subject, Window(middle, window.until), pace)
            return
        labels = [row["stamped_at"] for _, rows in parsed for row in rows]
        rest = _rest(feed, window, labels, response.received_at) if window else None
        if rest and window and rest.since == window.since:
            # The older rows land first, because a later tick continues after the newest landed row.
            await self._fetch_page(subject, rest, pace)
        of = f" of {subject.instrument.symbol}" if subject.instrument else ""
        self.context.failures += [f"{feed.name}{of}: {line}; the other rows have landed" for line in damaged]
        if window is None:
            self.context.failures += _absent_contracts(subject, parsed, damaged)
        for reading, rows in parsed:
            future = self.context.landing.take(reading, rows, window, response.received_at)
            self.context.failures += [f"{feed.name}: {line}" for line in future]
        if rest and window and rest.until == window.until:
            self.context.landing.note_requested(feed.readings, subject.instruments, rest.since)
            await self._fetch_page(subject, rest, pace)
        elif window:
            self.context.landing.note_requested(feed.readings, subject.instruments, window.until)

    async def _read_page(
        self, subject: _Subject, window: Window | None, pace: Pace
    ) -> tuple[Response, list[tuple[Reading, list[Row]]], list[str]]:
        """Request one page. Return the response, the rows of each reading, and a line for each damaged row."""
        feed = subject.feed
        payload = await self.context.sender.send(
            lambda: feed.request(self.exchange, subject.instrument, window), endpoint=feed.name, pace=pace
        )
        response = Response(payload, self.context.clock(), subject.instruments)
        # All readings parse before a row is kept, so an error of a page of history drops the whole page.
        return response, *read_all(feed.readings, response, is_snapshot=window is None)


def _rest(feed: Feed, window: Window, labels: Sequence[datetime], now: datetime) -> Window | None:
    """Return the part of ``window`` that a page of bars left out, because the venue's pages are shorter than believed.

    A page may have the oldest or the newest rows. The newest bars may be late, so they are left to the next tick.
    """
    inside = [label for label in labels if window.since <= label < window.until]
    if not inside or feed.label_spacing is None or all(one.interval_seconds is None for one in feed.readings):
        return None
    after_newest, oldest = max(inside) + feed.label_spacing, min(inside)
    if after_newest < min(window.until, now - _LATE_BARS * feed.label_spacing):
        return Window(after_newest, window.until)
    if oldest - feed.label_spacing >= window.since:
        return Window(window.since, oldest)
    return None


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
