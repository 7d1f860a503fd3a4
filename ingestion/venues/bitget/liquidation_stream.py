"""Bitget: topic ``liquidation`` of the unified account's public stream, open since April 2026.

For each pair and second, the venue sends at most the largest long and the largest short liquidation. ``side`` is the
side of the position; ``amount`` is in the quote coin. ``price`` is computed, not traded: it is no multiple of the tick
(0.500280739469).
"""

from collections.abc import Iterable
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, subscribe_frame, subscription_kind
from ingestion.api.payload import instant, number, quantity, rows, side_of_position, text
from ingestion.api.rows import Row, identified, liquidation_event

_TOPIC = "liquidation"
_INSTRUMENT_TYPES = ("usdt-futures", "usdc-futures", "coin-futures")


def parse_liquidations(message: Any) -> list[Row]:
    """Return the liquidations of ``message``.

    Sample::

        {"action": "update", "arg": {"instType": "usdt-futures", "topic": "liquidation"}, "ts": 1777358897167,
         "data": [{"symbol": "APEUSDT", "side": "buy", "price": "0.1649", "amount": "13.70319", "ts": "1777358886549"}]}
    """
    return identified(
        liquidation_event(
            text(row, "symbol"),
            instant(row, "ts"),
            row,
            position_side=side_of_position(row, "side"),
            quantity_native=quantity(row, "amount"),
            native_unit="usd",
            price_usd_native=number(row, "price"),
            price_kind="bankruptcy",
            coverage="sampled",
        )
        for row in rows(message, "data")
    )


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        kind = subscription_kind(message)
        if kind is not None:
            return kind
        if isinstance(message.get("arg"), dict) and message["arg"].get("topic") == _TOPIC:
            return Kind.EVENTS
    raise InputError(f"message of no documented kind (topic {_TOPIC}, event subscribe, error)")


def _subscribe(_symbols: Iterable[str], _epoch_seconds: int) -> tuple[str, ...]:
    args = [{"instType": instrument_type, "topic": _TOPIC} for instrument_type in _INSTRUMENT_TYPES]
    return (subscribe_frame(args),)


BITGET_CHANNELS = (
    Channel(
        api_id="bitget",
        venue="bitget",
        collector="bitget_liquidation_stream",
        url="wss://ws.bitget.com/v3/ws/public",
        covers=lambda _instrument: True,
        subscribe=_subscribe,
        responses_per_frame=len(_INSTRUMENT_TYPES),
        classify=_classify,
        parse=parse_liquidations,
        ping=lambda _epoch_seconds: "ping",
        pong="pong",
    ),
)
