"""The windows in which a history is requested.

What belongs here: cutting time into pages. What does not: where it begins (api_fetch.py, vendor_fetch.py).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingestion.api.feed import Feed, Window
from ingestion.api.vendor import VendorFeed

# Venues count in milliseconds: this is the smallest step that makes a window include the present.
_MILLISECOND = timedelta(milliseconds=1)


def windows(feed: Feed | VendorFeed, since: datetime | None, now: datetime) -> Iterator[Window | None]:
    """Yield the pages of ``feed`` from ``since`` to ``now``, both included, oldest first.

    A feed without a history has one page, None, which means its value now.
    """
    if feed.label_spacing is None or since is None:
        yield None
        return
    end = now + _MILLISECOND
    page = feed.label_spacing * (feed.page_rows or 1)
    while since < end:
        yield Window(since, min(since + page, end))
        since += page
