"""The windows of a history: each is one page to request.

What belongs here: cutting time into pages. What does not: the first label (api_fetch.py, vendor_fetch.py).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingestion.api.feed import Feed, Window
from ingestion.api.vendor import VendorFeed

# Venues count in milliseconds, so one millisecond more makes the last window include the current time.
_MILLISECOND = timedelta(milliseconds=1)


def windows(feed: Feed | VendorFeed, since: datetime | None, now: datetime) -> Iterator[Window | None]:
    """Yield the pages of ``feed`` from ``since`` to ``now``, both included, oldest first.

    A feed without a history has one page, None, which stands for the current value.
    """
    if feed.label_spacing is None or since is None:
        yield None
        return
    end = now + _MILLISECOND
    page = feed.label_spacing * (feed.page_rows or 1)
    while since < end:
        yield Window(since, min(since + page, end))
        since += page
