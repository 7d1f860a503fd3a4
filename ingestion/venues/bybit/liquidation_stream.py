"""Bybit: ``allLiquidation.{symbol}``, which has every liquidation since February 2025. It sends each half second.

``S`` is the side of the position (Buy: a long was liquidated), ``p`` its bankruptcy price, ``v`` the quantity: base
coins of linear contracts, USD of inverse ones.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, has_settlement, operation_frame
from ingestion.api.feed import Instrument
from ingestion.api.payload import instant, number, quantity, rows_or_one, side_of_position, text
from ingestion.api.rows import Row, liquidation_event
from ingestion.records import Settlement, Unit

_TOPIC = "allLiquidation."
_UNIT_OF_SETTLEMENT: dict[Settlement, Unit] = {"linear": "base", "inverse": "usd"}


def liquidations_of(message: Any) -> Sequence[Any]:
    """Return the liquidations of ``message``.

    Sample::

        {"topic": "allLiquidation.ROSEUSDT", "type": "snapshot", "ts": 1739502303204,
         "data": [{"T": 1739502302929, "s": "ROSEUSDT", "S": "Sell", "v": "20000", "p": "0.04499"}]}
    """
    return rows_or_one(message, "data")


def read_liquidation(event: Any, *, settlement: Settlement) -> Row:
    """Return the row of a liquidation. The address it came from has contracts of one ``settlement``."""
    return liquidation_event(
        text(event, "s"),
        instant(event, "T"),
        event,
        position_side=side_of_position(event, "S"),
        quantity_native=quantity(event, "v"),
        native_unit=_UNIT_OF_SETTLEMENT[settlement],
        price_usd_native=number(event, "p"),
        price_kind="bankruptcy",
        coverage="full",
    )


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        if str(message.get("topic", "")).startswith(_TOPIC):
            return Kind.EVENTS
        if message.get("success") is False:
            return Kind.REFUSED
        if message.get("op") in ("ping", "pong"):
            return Kind.CONTROL
        if message.get("op") == "subscribe" and message.get("success") is True:
            return Kind.ACCEPTED
    raise InputError(f"message of no documented kind (topic {_TOPIC}*, op subscribe, ping, pong)")


def _topic(instrument: Instrument) -> str:
    return f"{_TOPIC}{instrument.symbol}"


def _subscribe(topic: str, _epoch_seconds: int) -> str:
    return operation_frame(topic)


def _ping(_epoch_seconds: int) -> str:
    return json.dumps({"op": "ping"})


def _channel(settlement: Settlement) -> Channel:
    return Channel(
        api_id="bybit",
        venue="bybit",
        collector="bybit_liquidation_stream",
        url=f"wss://stream.bybit.com/v5/public/{settlement}",
        covers=partial(has_settlement, settlement=settlement),
        topic=_topic,
        subscribe=_subscribe,
        classify=_classify,
        events=liquidations_of,
        symbol_field="s",
        read=partial(read_liquidation, settlement=settlement),
        ping=_ping,
    )


BYBIT_CHANNELS = (_channel("linear"), _channel("inverse"))
