"""Requests through ccxt: a method of an exchange and its parameters.

What belongs here: code that the requests of several venues share. What does not: a venue's methods and parameters (its
module).
"""

from collections.abc import Callable, Mapping
from typing import Any

from ingestion.api.feed import Exchange, Request, Window
from ingestion.api.payload import milliseconds


def call(method: str, parameters: Callable[[Any, Any], Mapping[str, Any]]) -> Request:
    """Return the request that calls ccxt's implicit ``method`` with ``parameters(instrument, window)``.

    ``instrument`` is None in the request of a bulk feed and ``window`` in that of a snapshot (see Feed).
    """

    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await getattr(exchange, method)(parameters(instrument, window))

    return request


def span_milliseconds(window: Window, begin: str, end: str) -> dict[str, int]:
    """Return ``window`` as the parameters ``begin`` and ``end`` in ms, for a venue that includes both ends."""
    return {begin: milliseconds(window.since), end: milliseconds(window.until) - 1}


def span_seconds(window: Window, begin: str, end: str) -> dict[str, int]:
    """Return ``window`` as the parameters ``begin`` and ``end`` in s, for a venue that includes both ends."""
    return {begin: milliseconds(window.since) // 1000, end: milliseconds(window.until) // 1000 - 1}
