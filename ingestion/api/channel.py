"""A channel, which a venue's stream module declares: an address, its protocol, and the parser of its messages.

What belongs here: the classes that venue modules fill and the engine (``ingestion/stream``) runs, and what the
protocols of several venues have in common. What does not: a single venue's fields (its module), sockets, retry and
landing (the engine).

Sides are sides of the position that was closed. All datetimes are UTC and naive.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from ingestion.api.feed import Instrument
from ingestion.api.rows import Row
from ingestion.records import Settlement


class Kind(Enum):
    """The kinds of message: events, a response to a subscription, or a message that keeps the connection alive."""

    EVENTS = "events"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONTROL = "control"


@dataclass(frozen=True)
class Channel:
    """One WebSocket address of an API and its protocol. An API is covered while all its channels are connected.

    ``collector`` is the collector name of its events and of its covered intervals; all channels of an API have the
    same. ``covers`` tells whether the channel reports an instrument. ``subscribe(symbols, epoch_seconds)`` returns the
    frames to send; the venue responds to each with ``responses_per_frame`` messages. ``classify`` and ``parse`` are
    pure and raise InputError when a message does not have a documented shape. ``ping(epoch_seconds)`` returns the
    venue's own ping as a text frame; ``ping`` is None where the channel uses the ping of the WebSocket protocol.
    ``pong`` is the text of the response to the venue's ping, where that text is not JSON.
    """

    api_id: str
    venue: str
    collector: str
    url: str
    covers: Callable[[Instrument], bool]
    subscribe: Callable[[Iterable[str], int], tuple[str, ...]]
    responses_per_frame: int
    classify: Callable[[Any], Kind]
    parse: Callable[[Any], list[Row]]
    ping: Callable[[int], str] | None = None
    pong: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def path(self) -> str:
        """The path of the address. The channels of one API differ in it."""
        return urlsplit(self.url).path

    @property
    def name(self) -> str:
        """The channel's name in messages to the user, such as ``bybit /v5/public/linear``."""
        return f"{self.api_id} {self.path}"


def channel_url(channel: Channel, base_urls: Mapping[str, str]) -> str:
    """Return the address to connect to: the venue's own, or the same path below the API's base URL (http or https)."""
    if channel.api_id not in base_urls:
        return channel.url
    return f"ws{base_urls[channel.api_id].removeprefix('http')}{channel.path}"


def has_settlement(instrument: Instrument, *, settlement: Settlement) -> bool:
    """Return whether ``instrument`` has this ``settlement``. Some venues have one channel for each settlement."""
    return instrument.settlement == settlement


def subscribe_frame(topics: Iterable[Any]) -> str:
    """Return the frame that subscribes to ``topics``, in the protocol that Bybit, OKX and Bitget share."""
    return json.dumps({"op": "subscribe", "args": list(topics)})


def subscription_kind(message: Mapping[str, Any]) -> Kind | None:
    """Return the kind of a response to a subscription in the protocol of OKX and Bitget; None for other messages."""
    if message.get("event") == "subscribe":
        return Kind.ACCEPTED
    return Kind.REFUSED if message.get("event") == "error" else None
