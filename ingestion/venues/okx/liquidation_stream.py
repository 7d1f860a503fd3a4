"""OKX: the channel ``liquidation-orders`` of swaps and futures. Its messages have the shape of the REST list."""

import json
from collections.abc import Iterable
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind
from ingestion.venues.okx.liquidations import read_liquidations

_CHANNEL = "liquidation-orders"
_INSTRUMENT_TYPES = ("SWAP", "FUTURES")


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


OKX_CHANNELS = (
    Channel(
        api_id="okx",
        venue="okx",
        collector="okx_liquidation_stream",
        url="wss://ws.okx.com:8443/ws/v5/public",
        covers=lambda _instrument: True,
        subscribe=_subscribe,
        responses_per_frame=len(_INSTRUMENT_TYPES),
        classify=_classify,
        parse=read_liquidations,
        ping=lambda _epoch_seconds: "ping",
        pong="pong",
    ),
)
