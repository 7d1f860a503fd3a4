"""What OKX's requests share: the size and the bounds of a page, and the documentation of the endpoints.

What belongs here: code that the modules of several datasets use. What does not: an endpoint (the dataset's module).
"""

from functools import partial

from ingestion.api.feed import Feed, Window
from ingestion.api.payload import milliseconds

PAGE_ROWS = 100

feed = partial(Feed, evidence="OKX v5 API documentation, public data and trading statistics")


# The venue excludes both ends. No label lies in the last millisecond of a window, so a page has the same labels even if
# the venue includes an end.
def before_and_after(window: Window) -> dict[str, int]:
    """Return the bounds of a page of market and public data. The venue calls the older bound ``before``."""
    return {"before": milliseconds(window.since) - 1, "after": milliseconds(window.until) - 1, "limit": PAGE_ROWS}


def begin_and_end(window: Window) -> dict[str, int]:
    """Return the bounds of a page of trading statistics."""
    return {"begin": milliseconds(window.since) - 1, "end": milliseconds(window.until) - 1, "limit": PAGE_ROWS}
