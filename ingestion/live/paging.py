"""The pages of one window of a history. A venue's pages may be shorter than believed, so a window may need several.

What belongs here: what a page left out, and the order of the pages. What does not: cutting time into windows
(windows.py), sending and landing (api_fetch.py, vendor_fetch.py).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from ingestion.api.feed import Feed, Reading, Window
from ingestion.api.rows import Row
from ingestion.api.vendor import VendorFeed
from ingestion.records import FUNDING_RATE

# So many of the newest bars may be missing without a further request, because they may be late.
_LATE_BARS = 3
# Some requests count in whole seconds.
_SECOND = timedelta(seconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01")


@dataclass
class Page:
    """The response to the request of ``window``: its rows by reading, a line for each damaged row, and its time.

    After its rows have landed, all rows before ``covered_until`` have.
    """

    window: Window
    parsed: Sequence[tuple[Reading, Sequence[Row]]]
    damaged: Sequence[str]
    received_at: datetime
    covered_until: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Take the page for the whole window, until a rest is found."""
        self.covered_until = self.window.until


class Pager:
    """Requests windows of ``feed``, each in as many pages as it needs."""

    def __init__(self, feed: Feed | VendorFeed) -> None:
        """Know nothing yet of the length of the venue's pages."""
        self._feed = feed
        self._spacing = feed.label_spacing or _SECOND
        # The rows of the longest page that may have been cut.
        self._longest_page = 0
        readings = feed.readings
        self._is_irregular = all(reading.interval_seconds is None for reading in readings)
        self._is_settlement = self._is_irregular and all(reading.dataset is FUNDING_RATE for reading in readings)

    async def pages(
        self, window: Window, read: Callable[[Window], Awaitable[Page]], *, requested_until: datetime | None = None
    ) -> AsyncIterator[Page]:
        """Yield the pages of ``window``, which ``read`` requests, until a page brings nothing new.

        ``requested_until`` is the end of what earlier ticks have requested; None when they have requested nothing.

        The older page comes first, also where the venue sends the newest rows first. A caller that lands each page and
        then fails therefore leaves no gap: a later tick continues after the newest landed row.
        """
        left: list[Window | Page] = [window]
        while left:
            part = left.pop()
            if isinstance(part, Page):
                yield part
                continue
            page = await read(part)
            older, newer = self._rests(page, requested_until)
            if newer:
                page.covered_until = newer.since
                left.append(newer)
            left.append(page)
            if older:
                left.append(older)

    def _rests(self, page: Page, requested_until: datetime | None) -> tuple[Window | None, Window | None]:
        """Return the parts of the page's window before and after its rows that may have further rows.

        Each part is shorter than the window, so the requests come to an end.
        """
        window = page.window
        inside = [
            (row["symbol"], row["stamped_at"])
            for _, rows in page.parsed
            for row in rows
            if window.since <= row["stamped_at"] < window.until
        ]
        if not inside or self._feed.is_paged_by_request:
            return None, None
        # In a response about several series, each one may have been cut at another label.
        oldest = max(_each_by_symbol(inside, min))
        newest = min(_each_by_symbol(inside, max))
        if self._is_settlement:
            return self._rests_of_settlements(window, sorted({label for _, label in inside}), requested_until)
        count = max(len(rows) for _, rows in page.parsed)
        if self._is_irregular:
            return self._rests_of_events(window, oldest, newest, count)
        older = Window(window.since, oldest) if oldest - self._spacing >= window.since else None
        # After a page as long as one that was cut, the newest bars may be left out instead of late.
        late_bars = 0 if 0 < self._longest_page <= count else _LATE_BARS
        end = min(window.until, page.received_at - late_bars * self._spacing)
        if newest + self._spacing >= end:
            return older, None
        self._longest_page = max(self._longest_page, count)
        return older, Window(newest + self._spacing, window.until)

    def _rests_of_settlements(
        self, window: Window, labels: Sequence[datetime], requested_until: datetime | None
    ) -> tuple[Window | None, Window | None]:
        """Return the parts before and after the settlements of a page that are long enough for another one.

        The distance of settlements is unknown; the label spacing is the shortest one. What is missing after the newest
        settlement is requested when the page shows that its interval has passed, and once per label spacing, because
        a later tick continues there.
        """
        oldest, newest = labels[0].replace(microsecond=0), labels[-1].replace(microsecond=0)
        older = Window(window.since, oldest) if oldest - self._spacing >= window.since else None
        interval = min((later - former for former, later in pairwise(labels)), default=self._spacing)
        is_due = requested_until is None or window.until - (window.until - _EPOCH) % self._spacing > requested_until
        newer = Window(newest + _SECOND, window.until) if is_due and newest + interval < window.until else None
        return older, newer

    def _rests_of_events(
        self, window: Window, oldest: datetime, newest: datetime, count: int
    ) -> tuple[Window | None, Window | None]:
        """Return the parts before and after the events of a page of ``count`` rows, if the page may have been cut.

        A page that is shorter than another one was not cut. Events of one second may be spread over two pages, so the
        second at the cut is requested once more.
        """
        if count < min(self._longest_page, self._feed.page_rows or count):
            return None, None
        self._longest_page = max(self._longest_page, count)
        begin, end = newest.replace(microsecond=0), oldest.replace(microsecond=0) + _SECOND
        if begin <= window.since:
            begin += _SECOND
        if end >= window.until:
            end -= _SECOND
        older = Window(window.since, end) if end - window.since >= _SECOND else None
        newer = Window(begin, window.until) if window.until - begin >= _SECOND else None
        return older, newer


def _each_by_symbol(
    labels: Iterable[tuple[str, datetime]], choose: Callable[[datetime, datetime], datetime]
) -> Iterable[datetime]:
    chosen: dict[str, datetime] = {}
    for symbol, label in labels:
        chosen[symbol] = choose(chosen.get(symbol, label), label)
    return chosen.values()
