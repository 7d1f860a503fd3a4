"""What a venue's stream module declares: an address, how it talks, and how its messages become liquidation events.

What belongs here: the shape that venue modules fill and the connection runs, and what all parsers share. What does not:
a single venue's fields (the modules beside this one), sockets and retry (connection), landing (batches).

Sides are sides of the position that was closed. All datetimes are UTC and naive.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from ingestion.api.feed import Instrument
from ingestion.api.rows import Row
from ingestion.records import Settlement


class Kind(Enum):
    """What a message is: events, the yes or no to a subscription, or what keeps the connection alive."""

    EVENTS = "events"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONTROL = "control"


@dataclass(frozen=True)
class Channel:
    """One WebSocket address of an API and how it talks. An API is listened to while all its channels are.

    ``covers`` says which instruments it speaks of; ``subscribe(symbols, epoch_seconds)`` gives the frames to send, each
    of which is answered by ``answers_per_frame`` messages. ``classify`` and ``parse`` are pure and raise InputError at
    a message that does not have a documented shape. ``ping(epoch_seconds)`` is the venue's own ping as a text frame,
    answered by ``pong`` where that is no JSON; None where the ping of the WebSocket protocol serves.
    """

    api_id: str
    venue: str
    url: str
    covers: Callable[[Instrument], bool]
    subscribe: Callable[[Iterable[str], int], tuple[str, ...]]
    answers_per_frame: int
    classify: Callable[[Any], Kind]
    parse: Callable[[Any], list[Row]]
    ping: Callable[[int], str] | None = None
    pong: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def path(self) -> str:
        """The path of the address, by which an API's channels differ."""
        return urlsplit(self.url).path

    @property
    def name(self) -> str:
        """How messages to the user name it, such as ``bybit /v5/public/linear``."""
        return f"{self.api_id} {self.path}"


def channel_url(channel: Channel, base_urls: Mapping[str, str]) -> str:
    """Return where to connect to: the venue's own address, or its path below the API's base URL (http or https)."""
    if channel.api_id not in base_urls:
        return channel.url
    return f"ws{base_urls[channel.api_id].removeprefix('http')}{channel.path}"


def has_settlement(instrument: Instrument, *, settlement: Settlement) -> bool:
    """Return whether ``instrument`` is of that ``settlement``: some venues have a channel for each."""
    return instrument.settlement == settlement
