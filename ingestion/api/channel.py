"""A channel, which a venue's stream module declares: an address, its protocol, and the parser of its messages.

What belongs here: the classes that venue modules fill and the engine (``ingestion/stream``) runs, and what the
protocols of several venues have in common. What does not: a single venue's fields (its module), sockets, retry and
landing (the engine).

Sides are sides of the position that was closed. All datetimes are UTC and naive.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from common.errors import InputError
from ingestion.api.feed import Instrument
from ingestion.api.payload import text
from ingestion.api.rows import Row, identified
from ingestion.records import EARLIEST_STAMP, LONGEST_AHEAD, Settlement


class Kind(Enum):
    """The kinds of message: events, a response to a subscription, or a message that keeps the connection alive."""

    EVENTS = "events"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONTROL = "control"


_KINDS_OF_EVENT = {"subscribe": Kind.ACCEPTED, "error": Kind.REFUSED}


@dataclass(frozen=True)
class Channel:
    """One WebSocket address of an API and its protocol. An API is covered while all its channels are connected.

    ``collector`` is the collector name of its events and of its covered intervals; all channels of an API have the
    same. ``covers`` tells whether the channel reports an instrument, and ``topic`` names the venue's topic with the
    events of that instrument. ``subscribe(topic, epoch_seconds)`` returns the frame that subscribes to one topic; the
    venue responds to it with one message. ``subscribe`` is None where the address itself names the stream.

    ``classify``, ``events`` and ``read`` are pure and raise InputError when a message does not have a documented shape.
    ``events`` returns the venue's own events of a message, and ``read`` makes a row of one of them. ``symbol_field`` is
    the field of an event that names its instrument.

    ``ping(epoch_seconds)`` returns the venue's own ping as a text frame; ``ping`` is None where the channel uses the
    ping of the WebSocket protocol. ``pong`` is the text of the response to the venue's ping, where that text is not
    JSON.
    """

    api_id: str
    venue: str
    collector: str
    url: str
    covers: Callable[[Instrument], bool]
    topic: Callable[[Instrument], str]
    subscribe: Callable[[str, int], str] | None
    classify: Callable[[Any], Kind]
    events: Callable[[Any], Sequence[Any]]
    symbol_field: str
    read: Callable[[Any], Row]
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


def read_events(
    channel: Channel, message: Any, symbols: Collection[str], received_at: datetime
) -> tuple[list[Row], list[InputError]]:
    """Return the rows of ``message`` for the instruments ``symbols``, and an error for each event that is unreadable.

    An unreadable event costs no other event of its message. An event of another instrument is not read at all. Raises
    InputError when the message has no list of events.
    """
    rows, errors = [], []
    for event in channel.events(message):
        try:
            if text(event, channel.symbol_field) in symbols:
                row = channel.read(event)
                _refuse_impossible(row, received_at)
                rows.append(row)
        except InputError as error:
            errors.append(error)
    return identified(rows), errors


def _refuse_impossible(row: Row, received_at: datetime) -> None:
    """Raise InputError for a value that no liquidation has. The raw checks would block all rows because of it."""
    if not row["quantity_native"] > 0:
        raise InputError(f"the quantity is {row['quantity_native']}; expected a number above 0")
    if row["price_usd_native"] is not None and not row["price_usd_native"] > 0:
        raise InputError(f"the price is {row['price_usd_native']}; expected a number above 0")
    if not EARLIEST_STAMP <= row["stamped_at"] <= received_at + LONGEST_AHEAD:
        raise InputError(
            f"the time is {row['stamped_at']}; expected {EARLIEST_STAMP:%Y} or later, and at most a day after its"
            f" arrival at {received_at:%Y-%m-%d %H:%M:%S}"
        )


def operation_frame(argument: Any) -> str:
    """Return the frame that subscribes to ``argument``, in the protocol that Bybit, OKX and Bitget share."""
    return json.dumps({"op": "subscribe", "args": [argument]})


def kind_by_argument(message: Any, *, key: str, value: str) -> Kind:
    """Return the kind of a message in the protocol of OKX and Bitget.

    Events name their stream: ``key`` of the field ``arg`` holds ``value``. All other messages have a field ``event``.
    """
    if isinstance(message, dict):
        if "event" in message:
            return _KINDS_OF_EVENT.get(str(message["event"]), Kind.CONTROL)
        if isinstance(message.get("arg"), dict) and message["arg"].get(key) == value:
            return Kind.EVENTS
    raise InputError(f"message of no documented kind ({key} {value}, event)")
