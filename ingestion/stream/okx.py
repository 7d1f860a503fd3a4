"""OKX: ``liquidation-orders`` of swaps and futures.

It "does not represent the total number of liquidations"; details of a message come in no order of time. ``side`` is
that of the closing order, ``sz`` counts contracts, ``bkPx`` is the bankruptcy price.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, event, identified, quantity, side_closed_by
from ingestion.api.feed import Row
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.records import PositionSide

_CHANNEL = "liquidation-orders"
_INSTRUMENT_TYPES = ("SWAP", "FUTURES")


def parse_okx(message: Any) -> list[Row]:
    """Return all liquidations of ``message``: every detail of every instrument."""
    return identified(_events(message))


def _events(message: Any) -> Iterator[Row]:
    for orders in rows(message, "data"):
        for detail in rows(orders, "details"):
            symbol = text(orders, "instId")
            yield event(
                {**mapping(detail), "instId": symbol},
                symbol=symbol,
                stamped_at=instant(detail, "ts"),
                position_side=_position_side(detail),
                quantity_native=quantity(detail, "sz"),
                native_unit="contract",
                price_usd_native=number(detail, "bkPx"),
                price_kind="bankruptcy",
                coverage="sampled",
            )


def _position_side(detail: Any) -> PositionSide:
    side = side_closed_by(detail, "side")
    # Accounts in net mode have no side of their own here.
    if detail.get("posSide") not in (side, "net", "", None):
        raise InputError(
            f"an order to {detail['side']} cannot close a {detail['posSide']}; the message's format has changed"
        )
    return side


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        if message.get("event") == "subscribe":
            return Kind.ACCEPTED
        if message.get("event") == "error":
            return Kind.REFUSED
        if "event" in message:
            return Kind.CONTROL
        if isinstance(message.get("arg"), dict) and message["arg"].get("channel") == _CHANNEL:
            return Kind.EVENTS
    raise InputError(f"message of no documented kind (channel {_CHANNEL}, event)")


def _subscribe(_symbols: Iterable[str], _epoch_seconds: int) -> tuple[str, ...]:
    args = [{"channel": _CHANNEL, "instType": instrument_type} for instrument_type in _INSTRUMENT_TYPES]
    return (json.dumps({"op": "subscribe", "args": args}),)


OKX = (
    Channel(
        api_id="okx",
        venue="okx",
        url="wss://ws.okx.com:8443/ws/v5/public",
        covers=lambda _instrument: True,
        subscribe=_subscribe,
        answers_per_frame=len(_INSTRUMENT_TYPES),
        classify=_classify,
        parse=parse_okx,
        ping=lambda _epoch_seconds: "ping",
        pong="pong",
    ),
)
