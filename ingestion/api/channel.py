"""What a venue's stream module declares: an address, how it talks, and how its messages become liquidation events.

What belongs here: the shape that venue modules fill and the connection runs, and what all parsers share. What does not:
a single venue's fields (the modules beside this one), sockets and retry (connection), landing (batches).

Sides are sides of the position that was closed. All datetimes are UTC and naive.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from common.errors import InputError
from ingestion.api.feed import Instrument, Row
from ingestion.api.payload import number, text
from ingestion.landing import content_sha256
from ingestion.records import Coverage, LiquidationPriceKind, PositionSide, Settlement, Unit

_STATED = ("symbol", "stamped_at", "position_side", "quantity_native", "price_usd_native")
_EVENT_ID_CHARACTERS = 32


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


def side_closed_by(order: Any, key: str) -> PositionSide:
    """Return the side of the position that the order at ``key`` closes: a sell closes a long."""
    return "long" if _is_sell(order, key) else "short"


def side_of_position(position: Any, key: str) -> PositionSide:
    """Return the side of the position at ``key``, which the venue writes as the order that opened it: buy is long."""
    return "short" if _is_sell(position, key) else "long"


def quantity(row: Any, key: str) -> float:
    """Return the quantity at ``key``. Raises InputError when it is empty or negative."""
    value = number(row, key)
    if value is None or value < 0:
        raise InputError(f"field {key} holds {row[key]!r}, which is no quantity; the message's format has changed")
    return value


def event(
    payload: Mapping[str, Any],
    *,
    symbol: str,
    stamped_at: datetime,
    position_side: PositionSide,
    quantity_native: float,
    native_unit: Unit,
    price_usd_native: float | None,
    price_kind: LiquidationPriceKind,
    coverage: Coverage,
) -> Row:
    """Return one liquidation event without its ``event_id``; ``payload`` is the venue's own description of it."""
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "position_side": position_side,
        "quantity_native": quantity_native,
        "native_unit": native_unit,
        "price_usd_native": price_usd_native,
        "price_kind": price_kind,
        "coverage": coverage,
        "payload": payload,
    }


def identified(events: Iterable[Row]) -> list[Row]:
    """Return the events of one message, each with its ``event_id``.

    No venue here numbers its liquidations, so the identity is a hash of what is stated, and of the how-manieth such
    event of its message it is: the same message twice is the same events, two equal closes in one message are two.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    rows = []
    for row in events:
        stated = tuple(row[column] for column in _STATED)
        seen[stated] += 1
        rows.append({**row, "event_id": content_sha256(repr((*stated, seen[stated])))[:_EVENT_ID_CHARACTERS]})
    return rows


def _is_sell(row: Any, key: str) -> bool:
    side = text(row, key).lower()
    if side not in {"buy", "sell"}:
        raise InputError(f"field {key} holds {side!r}, which is neither buy nor sell; the message's format has changed")
    return side == "sell"
