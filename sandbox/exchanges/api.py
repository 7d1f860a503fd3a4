"""What an embedded exchange declares: its names of contracts, its answers by path, its streams.

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
    """A question that the venue cannot answer; the API's ``refusal`` puts it into the venue's own words."""


class RefusalError(Exception):
    """A question refused in the venue's own words: HTTP status and answer."""

    def __init__(self, status: int, payload: Json) -> None:
        """Refuse with ``payload``."""
        super().__init__(f"{status}: {payload}")
        self.status = status
        self.payload = payload


@dataclass(frozen=True)
class Question:
    """The parameters of a request: of its query, its path and, for a POST, its JSON body."""

    parameters: Mapping[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a parameter; without a default it is mandatory."""
        value = self.parameters.get(name, default)
        if value in (None, ""):
            raise BadRequestError(f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
        return str(value)

    def optional(self, name: str) -> str | None:
        """Return a parameter, or None where it was not sent or is empty."""
        value = self.parameters.get(name)
        return None if value in (None, "") else str(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number; without a default it is mandatory."""
        text = self.text(name, None if default is None else str(default))
        try:
            return int(text)
        except ValueError:
            raise BadRequestError(f"Illegal characters found in parameter '{name}'; legal range is '[0-9]+'.") from None

    def limit(self, name: str, *, default: int, most: int) -> int:
        """Return how many rows are asked for, at most as many as the venue gives."""
        return max(1, min(self.integer(name, default), most))

    def seconds(self, name: str, default: float) -> float:
        """Return an instant that was sent in milliseconds, in UTC seconds."""
        value = self.optional(name)
        return default if value is None else self.integer(name) / 1000


@dataclass(frozen=True)
class Reply:
    """What a stream does on a message of its client: what it says, and what it sends from now on."""

    texts: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stream:
    """A WebSocket path. A socket gets the events of the topics that its URL or its messages ask for.

    ``event`` returns the topics of a forced close (any of them will do) and its message, or None where the stream does
    not carry the contract.
    """

    path: str
    opened: Callable[[Question], frozenset[str]]
    replied: Callable[[str, float], Reply]
    event: Callable[[Contract, Liquidation], tuple[frozenset[str], Json] | None]


@dataclass(frozen=True)
class Api:
    """One API of a venue. ``answers`` are by method and path, as in ``GET /fapi/v1/openInterest``.

    ``lists`` names a contract of the venue, or returns None where another API of the venue has it.
    """

    api_id: str
    venue: str
    lists: Callable[[Contract], Listed | None]
    refusal: Callable[[str], RefusalError]
    answers: Mapping[str, Callable[[View, Question], Json]]
    streams: tuple[Stream, ...] = ()


def listed(view: View, symbol: str) -> Listed:
    """Return the contract of a symbol; a venue refuses one that it does not know."""
    found = view.find(symbol)
    if found is None:
        raise BadRequestError(f"Invalid symbol {symbol}.")
    return found
