"""What HTX's requests share: their cost, parameters, and the documentation of the endpoints.

What belongs here: code that the modules of several datasets use. What does not: an endpoint (the dataset's module).
"""

from functools import partial
from typing import Any

from ingestion.api.feed import Exchange, Feed, Instrument, Request, Window
from ingestion.api.payload import instant, rows
from ingestion.api.requests import span_milliseconds

# The most rows that an endpoint of version 5 puts into one response.
LINEAR_PAGE_ROWS = 100

feed = partial(
    Feed,
    weight="1 of 10 requests a second per IP",
    evidence="HTX API documentation, USDT-margined contracts, coin-margined swaps and futures",
)
# The endpoints of version 5 have their own limit.
feed_v5 = partial(feed, weight="1 of 80 requests a second per IP")


def code(instrument: Instrument | None, _window: Window | None) -> dict[str, str]:
    """Return the parameters of a request about ``instrument`` now, or of a bulk request, which has none."""
    return {"contract_code": instrument.symbol} if instrument else {}


def linear_page(instrument: Instrument, window: Window) -> dict[str, str | int]:
    """Return the parameters of a page of history of a linear contract, from an endpoint of version 5."""
    span = span_milliseconds(window, "start_time", "end_time")
    return {"contract_code": instrument.symbol, **span, "limit": LINEAR_PAGE_ROWS}


def is_inside(window: Window, row: Any, field: str) -> bool:
    """Return whether the instant at ``field`` lies in ``window``."""
    return window.since <= instant(row, field) < window.until


def within_window(request: Request, *path: str) -> Request:
    """Return ``request`` reduced to the rows of the list at ``path`` that lie in the window.

    The endpoint takes no bounds and returns its newest rows. Rows outside the window belong to other pages.
    """

    async def narrowed(exchange: Exchange, instrument: Any, window: Any) -> Any:
        response = await request(exchange, instrument, window)
        return {"data": [row for row in rows(response, *path) if is_inside(window, row, "ts")]}

    return narrowed
