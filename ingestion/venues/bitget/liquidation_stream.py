"""Bitget: topic ``liquidation`` of the unified account's public stream, open since April 2026.

For each pair and second, the venue sends at most the largest long and the largest short liquidation. ``side`` is the
side of the position; ``amount`` is in the quote coin. ``price`` is computed, not traded: it is no multiple of the tick
(0.500280739469).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from ingestion.api.channel import Channel, kind_by_argument, operation_frame
from ingestion.api.feed import Instrument
from ingestion.api.payload import instant, number, quantity, rows_or_one, side_of_position, text
from ingestion.api.rows import Row, liquidation_event

_TOPIC = "liquidation"
_STABLE_TYPES = {"USDT": "usdt-futures", "USDC": "usdc-futures"}
_COIN_TYPE = "coin-futures"


def liquidations_of(message: Any) -> Sequence[Any]:
    """Return the liquidations of ``message``.

    Sample::

        {"action": "update", "arg": {"instType": "usdt-futures", "topic": "liquidation"}, "ts": 1777358897167,
         "data": [{"symbol": "APEUSDT", "side": "buy", "price": "0.1649", "amount": "13.70319", "ts": "1777358886549"}]}
    """
    return rows_or_one(message, "data")


def read_liquidation(event: Any) -> Row:
    """Return the row of a liquidation."""
    return liquidation_event(
        text(event, "symbol"),
        instant(event, "ts"),
        event,
        position_side=side_of_position(event, "side"),
        quantity_native=quantity(event, "amount"),
        native_unit="usd",
        price_usd_native=number(event, "price"),
        price_kind="bankruptcy",
        coverage="sampled",
    )


def _instrument_type(instrument: Instrument) -> str:
    return _STABLE_TYPES.get(instrument.settle, _COIN_TYPE)


def _subscribe(instrument_type: str, _epoch_seconds: int) -> str:
    return operation_frame({"instType": instrument_type, "topic": _TOPIC})


BITGET_CHANNELS = (
    Channel(
        api_id="bitget",
        venue="bitget",
        collector="bitget_liquidation_stream",
        url="wss://ws.bitget.com/v3/ws/public",
        covers=lambda _instrument: True,
        topic=_instrument_type,
        subscribe=_subscribe,
        classify=partial(kind_by_argument, key="topic", value=_TOPIC),
        events=liquidations_of,
        symbol_field="symbol",
        read=read_liquidation,
        ping=lambda _epoch_seconds: "ping",
        pong="pong",
    ),
)
