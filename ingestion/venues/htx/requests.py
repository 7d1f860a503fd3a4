"""What HTX's requests have in common: their cost, parameters, and where the endpoints are documented.

What belongs here: what the modules of several datasets use. What does not: an endpoint (the dataset's module).
"""

from functools import partial
from typing import Any

from ingestion.api.feed import Exchange, Feed, Instrument, Request, Window
from ingestion.api.payload import instant, rows

feed = partial(
    Feed,
    weight="1 of 10 requests a second per IP",
    evidence="HTX API documentation, USDT-margined contracts, coin-margined swaps and futures",
)
# The endpoints of version 5 have a limit of their own.
feed_v5 = partial(feed, weight="1 of 80 requests a second per IP")


def code(instrument: Instrument | None, _window: Window | None) -> dict[str, str]:
    """Return the parameters of a request about one contract now; of a bulk request, which has none."""
    return {"contract_code": instrument.symbol} if instrument else {}


def is_inside(window: Window, row: Any, field: str) -> bool:
    """Return whether the instant at ``field`` lies in ``window``."""
    return window.since <= instant(row, field) < window.until


def within_window(request: Request, *path: str) -> Request:
    """Return ``request`` with only those rows of the list at ``path`` that lie in the window.

    Its endpoint takes no bounds and returns its newest rows: those outside of the window belong to other pages.
    """

    async def narrowed(exchange: Exchange, instrument: Any, window: Any) -> Any:
        response = await request(exchange, instrument, window)
        return {"data": [row for row in rows(response, *path) if is_inside(window, row, "ts")]}

    return narrowed
