"""The declarations in the module of a simulated exchange: its symbols, a handler for each path, its streams.

What belongs here: the shapes that the venue modules fill and the server runs. What does not: a venue's formats (the
modules beside this one), reading the market (view.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.exchanges.listed import Listed
from sandbox.exchanges.view import View
from sandbox.market.latent_market import Contract, Liquidation

Json = Any


class BadRequestError(Exception):
    """A wrong parameter. The API's ``venue_error`` turns the message into an error response of the venue."""


class VenueError(Exception):
    """An error response in the venue's own words: HTTP status and body."""

    def __init__(self, status: int, payload: Json) -> None:
        """Respond with ``payload`` and an HTTP status."""
        super().__init__(f"{status}: {payload}")
        self.status = status
        self.payload = payload


@dataclass(frozen=True)
class Request:
    """The parameters of an HTTP request: from its query, its path and, for a POST, its JSON body."""

    parameters: Mapping[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a parameter; it is required when ``default`` is None."""
        value = self.parameters.get(name, default)
        if value in (None, ""):
            raise BadRequestError(f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
        return str(value)

    def optional(self, name: str) -> str | None:
        """Return a parameter, or None when it is absent or empty."""
        value = self.parameters.get(name)
        return None if value in (None, "") else str(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number; it is required when ``default`` is None."""
        text = self.text(name, None if default is None else str(default))
        try:
            return int(text)
        except ValueError:
            raise BadRequestError(f"Illegal characters found in parameter '{name}'; legal range is '[0-9]+'.") from None

    def limit(self, name: str, *, default: int, most: int) -> int:
        """Return the requested number of rows, at least 1 and at most ``most``."""
        return max(1, min(self.integer(name, default), most))

    def seconds(self, name: str, default: float) -> float:
        """Return an instant in UTC seconds; the parameter is in milliseconds."""
        value = self.optional(name)
        return default if value is None else self.integer(name) / 1000


@dataclass(frozen=True)
class Reply:
    """A stream's reaction to a client message: texts to send now, and topics to send events of from now on."""

    texts: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stream:
    """A WebSocket path. A socket receives the events of the topics in its URL or in its subscription messages.

    ``event`` returns the topics of a forced close and its message, or None when the stream does not carry the contract.
    A subscription to any one of the topics is enough.
    """

    path: str
    opened: Callable[[Request], frozenset[str]]
    replied: Callable[[str, float], Reply]
    event: Callable[[Contract, Liquidation], tuple[frozenset[str], Json] | None]


@dataclass(frozen=True)
class Api:
    """One API of a venue. The keys of ``handlers`` are method and path, such as ``GET /fapi/v1/openInterest``.

    ``lists`` returns the API's listing of a contract, or None when another API of the venue lists it.
    """

    api_id: str
    venue: str
    lists: Callable[[Contract], Listed | None]
    venue_error: Callable[[str], VenueError]
    handlers: Mapping[str, Callable[[View, Request], Json]]
    streams: tuple[Stream, ...] = ()


def listed(view: View, symbol: str) -> Listed:
    """Return the contract of a symbol.

    Raises:
        BadRequestError: The venue has no contract with this symbol.
    """
    found = view.find(symbol)
    if found is None:
        raise BadRequestError(f"Invalid symbol {symbol}.")
    return found
