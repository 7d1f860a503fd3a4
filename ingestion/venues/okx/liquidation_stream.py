"""OKX: the channel ``liquidation-orders`` of swaps and futures. Its messages have the shape of the REST list."""

from collections.abc import Iterable
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, subscribe_frame, subscription_kind
from ingestion.venues.okx.liquidations import read_liquidations

_CHANNEL = "liquidation-orders"
_INSTRUMENT_TYPES = ("SWAP", "FUTURES")


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        kind = subscription_kind(message)
        if kind is not None:
            return kind
        if "event" in message:
            return Kind.CONTROL
        if isinstance(message.get("arg"), dict) and message["arg"].get("channel") == _CHANNEL:
            return Kind.EVENTS
    raise InputError(f"message of no documented kind (channel {_CHANNEL}, event)")


def _subscribe(_symbols: Iterable[str], _epoch_seconds: int) -> tuple[str, ...]:
    args = [{"channel": _CHANNEL, "instType": instrument_type} for instrument_type in _INSTRUMENT_TYPES]
    return (subscribe_frame(args),)


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
