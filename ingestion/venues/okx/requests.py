"""What OKX's requests have in common: the size of a page, its bounds, and where the endpoints are documented.

What belongs here: what the modules of several datasets use. What does not: an endpoint (the dataset's module).
"""

from functools import partial

from ingestion.api.feed import Feed, Window
from ingestion.api.payload import milliseconds

PAGE_ROWS = 100

feed = partial(Feed, evidence="OKX v5 API documentation, public data and trading statistics")


# Both ends are exclusive. No label lies a millisecond before the end of a window, and a page holds even if the venue
# should include an end after all.
def before_and_after(window: Window) -> dict[str, int]:
    """Return the bounds of a page of market and public data, which call the older one ``before``."""
    return {"before": milliseconds(window.since) - 1, "after": milliseconds(window.until) - 1, "limit": PAGE_ROWS}


def begin_and_end(window: Window) -> dict[str, int]:
    """Return the bounds of a page of trading statistics."""
    return {"begin": milliseconds(window.since) - 1, "end": milliseconds(window.until) - 1, "limit": PAGE_ROWS}
