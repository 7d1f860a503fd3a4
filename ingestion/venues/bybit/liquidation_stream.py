"""Bybit: ``allLiquidation.{symbol}``, which has every liquidation since February 2025. It sends each half second.

``S`` is the side of the position (Buy: a long was liquidated), ``p`` its bankruptcy price, ``v`` the quantity: base
coins of linear contracts, USD of inverse ones.
"""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, has_settlement, subscribe_frame
from ingestion.api.payload import instant, number, quantity, rows, side_of_position, text
from ingestion.api.rows import Row, identified, liquidation_event
from ingestion.records import Settlement, Unit

_TOPIC = "allLiquidation."
_UNIT_OF_SETTLEMENT: dict[Settlement, Unit] = {"linear": "base", "inverse": "usd"}


def parse_liquidations(message: Any, *, settlement: Settlement) -> list[Row]:
    """Return the liquidations of ``message``. The address it came from has contracts of one ``settlement``.

    Sample::

        {"topic": "allLiquidation.ROSEUSDT", "type": "snapshot", "ts": 1739502303204,
         "data": [{"T": 1739502302929, "s": "ROSEUSDT", "S": "Sell", "v": "20000", "p": "0.04499"}]}
    """
    return identified(
        liquidation_event(
            text(row, "s"),
            instant(row, "T"),
            row,
            position_side=side_of_position(row, "S"),
            quantity_native=quantity(row, "v"),
            native_unit=_UNIT_OF_SETTLEMENT[settlement],
            price_usd_native=number(row, "p"),
            price_kind="bankruptcy",
            coverage="full",
        )
        for row in rows(message, "data")
    )


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        if str(message.get("topic", "")).startswith(_TOPIC):
            return Kind.EVENTS
        if message.get("op") in ("ping", "pong"):
            return Kind.CONTROL
        if message.get("op") == "subscribe":
            return Kind.ACCEPTED if message.get("success") is True else Kind.REFUSED
    raise InputError(f"message of no documented kind (topic {_TOPIC}*, op subscribe, ping, pong)")


def _subscribe(symbols: Iterable[str], _epoch_seconds: int) -> tuple[str, ...]:
    return (subscribe_frame(f"{_TOPIC}{symbol}" for symbol in symbols),)


def _ping(_epoch_seconds: int) -> str:
    return json.dumps({"op": "ping"})


def _channel(settlement: Settlement) -> Channel:
    return Channel(
        api_id="bybit",
        venue="bybit",
        collector="bybit_liquidation_stream",
        url=f"wss://stream.bybit.com/v5/public/{settlement}",
        covers=partial(has_settlement, settlement=settlement),
        subscribe=_subscribe,
        responses_per_frame=1,
        classify=_classify,
        parse=partial(parse_liquidations, settlement=settlement),
        ping=_ping,
    )


BYBIT_CHANNELS = (_channel("linear"), _channel("inverse"))
