"""Pages that are shorter than believed: whatever the venue's longest page, every row lands, and no gap is left."""

import asyncio
from bisect import bisect_left
from datetime import datetime, timedelta
from random import Random

import pytest

from ingestion.live.paging import Page, Pager
from ingestion.live.series_state import Series
from ingestion.live.windows import windows
from ingestion.records import FUNDING_RATE
from ingestion.vendors import VENDORS
from ingestion.venues.catalogue import APIS

BEGIN = datetime.fromisoformat("2026-03-01 00:00:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OVERLAP = 30 * MINUTE
LATE_BARS = 3
TICKS = 20

PROVIDERS = [(api.api_id, api.feeds) for api in APIS] + [(vendor.source, vendor.feeds) for vendor in VENDORS]
FEEDS = {
    f"{name} {feed.name}": feed
    for name, feeds in PROVIDERS
    for feed in feeds
    if feed.label_spacing and not feed.is_paged_by_request
}


def kind_of(feed):
    if any(reading.interval_seconds for reading in feed.readings):
        return "bars"
    return "settlements" if all(reading.dataset is FUNDING_RATE for reading in feed.readings) else "events"


def labels_of(feed, end):
    """Return the labels that the venue has, for about two pages and a half, but at most 500 labels."""
    spacing = feed.label_spacing
    count = min(feed.page_rows * 5 // 2, 500)
    if kind_of(feed) == "bars":
        return [BEGIN + index * spacing for index in range(count) if BEGIN + index * spacing <= end]
    if kind_of(feed) == "settlements":
        # Eight hours, later one hour apart, each some milliseconds late.
        hours = [*range(0, 400, 8), *range(393, 2000)]
        at = [BEGIN + hour * HOUR + timedelta(milliseconds=hour % 5) for hour in hours]
        return [label for label in at if label <= end]
    random, at, labels = Random(1), BEGIN, []  # noqa: S311  # no secret
    while at <= end:
        labels.append(at)
        at += timedelta(milliseconds=random.choice([1000, 1500, 20_000, 900_000]))
    return labels


class Server:
    """A venue that has ``labels`` and sends the ``longest`` oldest or newest of a window."""

    def __init__(self, feed, labels, longest, *, is_newest_first):
        self.feed, self.labels, self.longest, self.is_newest_first = feed, labels, longest, is_newest_first
        self.now, self.requests = BEGIN, 0

    async def read(self, window):
        self.requests += 1
        until = min(window.until, self.now + timedelta(microseconds=1))
        inside = self.labels[bisect_left(self.labels, window.since) : bisect_left(self.labels, until)]
        sent = inside[-self.longest :] if self.is_newest_first else inside[: self.longest]
        return Page(
            window, [(self.feed.readings[0], [{"symbol": "BTC", "stamped_at": at} for at in sent])], [], self.now
        )


async def tick(server, series, landed):
    """Request everything from the watermark on. Check after each page that no older row is missing."""
    pager = Pager(server.feed)
    requested_until = series.requested_until
    for window in windows(server.feed, series.floor(OVERLAP) or BEGIN, server.now):
        async for page in pager.pages(window, server.read, requested_until=requested_until):
            for row in page.parsed[0][1]:
                landed.add(row["stamped_at"])
                series.newest = max(series.newest or row["stamped_at"], row["stamped_at"])
            series.note_requested(page.covered_until)
            assert sorted(landed) == server.labels[: len(landed)]


def end_of(feed):
    return BEGIN + min(feed.page_rows * 5 // 2, 400) * feed.label_spacing


@pytest.mark.parametrize("is_newest_first", [False, True], ids=["oldest first", "newest first"])
@pytest.mark.parametrize("longest", [1, 7, 10_000])
@pytest.mark.parametrize("name", FEEDS)
def test_pages_of_any_length_lose_no_row(name, longest, is_newest_first):
    feed = FEEDS[name]
    end = end_of(feed)
    server = Server(feed, labels_of(feed, end), longest, is_newest_first=is_newest_first)
    # The first tick fetches all but the newest hours; the others follow it every five minutes.
    server.now = end - TICKS * 5 * MINUTE
    series, landed = Series(), set()
    while server.now <= end:
        asyncio.run(tick(server, series, landed))
        server.now += 5 * MINUTE
    late = {"bars": LATE_BARS * feed.label_spacing, "settlements": HOUR, "events": timedelta(0)}[kind_of(feed)]
    assert set(server.labels) - landed <= {label for label in server.labels if label >= end - late}


@pytest.mark.parametrize("name", [name for name, feed in FEEDS.items() if kind_of(feed) != "events"])
def test_whole_pages_need_no_further_request(name):
    feed = FEEDS[name]
    end = end_of(feed)
    server = Server(feed, labels_of(feed, end), 10_000, is_newest_first=False)
    # Ninety minutes after the newest settlement, another one may have been left out.
    server.now = end + (90 * MINUTE if kind_of(feed) == "settlements" else timedelta(0))
    series, landed = Series(), set()
    asyncio.run(tick(server, series, landed))
    assert server.requests <= 3 * len(list(windows(feed, BEGIN, server.now)))
    server.requests = 0
    for _ in range(12):
        server.now += MINUTE
        asyncio.run(tick(server, series, landed))
    assert server.requests == 12


def test_the_end_of_a_window_is_covered_only_after_its_last_page():
    feed = FEEDS["bybit candle_trade"]
    server = Server(feed, [BEGIN + index * 5 * MINUTE for index in range(300)], 100, is_newest_first=False)
    server.now = server.labels[-1]

    async def covered():
        [window] = windows(feed, BEGIN, server.now)
        return [page.covered_until async for page in Pager(feed).pages(window, server.read)], window.until

    # 100 bars of five minutes are 500 minutes.
    assert asyncio.run(covered()) == (
        [BEGIN + 500 * MINUTE, BEGIN + 1000 * MINUTE, BEGIN + 1495 * MINUTE + timedelta(milliseconds=1)],
        BEGIN + 1495 * MINUTE + timedelta(milliseconds=1),
    )
