"""Gate: ``futures.public_liquidates`` of perpetuals settled in USDT and in BTC; delivery contracts have none.

Since 20 August 2026 the venue sends every liquidation of a contract and second. Before, it sent one of them. The
documentation has a list; single objects were observed too (issue 132 of gateio/WebSocket-API). ``size`` counts
contracts and has the sign of the closing order: a negative size closes a long. The REST list has the opposite sign: six
events that are in both show it (docs/how_to/liquidation_stream.md, open questions). ``price`` is the price of the
order.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind
from ingestion.api.feed import Instrument
from ingestion.api.payload import instant, number, rows_or_one, text
from ingestion.api.rows import Row, liquidation_event

_CHANNEL = "futures.public_liquidates"
_ALL_CONTRACTS = "!all"


def liquidations_of(message: Any) -> Sequence[Any]:
    """Return the liquidations of ``message``.

    Sample::

        {"channel": "futures.public_liquidates", "event": "update", "time": 1767225600,
         "result": [{"contract": "BTC_USDT", "price": "89500.5", "size": "-1.5", "time_ms": 1767225600250}]}
    """
    return rows_or_one(message, "result")


def read_liquidation(event: Any) -> Row:
    """Return the row of a liquidation."""
    size = number(event, "size")
    if not size:
        raise InputError(f"field size holds {event['size']!r}; expected a size with a sign; its format has changed")
    return liquidation_event(
        text(event, "contract"),
        # Documented as time_ms until August 2026, as time since then. The examples of time are in seconds and in ms.
        instant(event, "time_ms" if "time_ms" in event else "time"),
        event,
        position_side="long" if size < 0 else "short",
        quantity_native=abs(size),
        native_unit="contract",
        price_usd_native=number(event, "price"),
        price_kind="order",
        coverage="full",
    )


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        if message.get("error"):
            return Kind.REFUSED
        # "upgrade" announces that the venue will close the connection for a restart (pull request 76 of gateio/gatews).
        if message.get("channel") == "futures.pong" or message.get("event") == "upgrade":
            return Kind.CONTROL
        if message.get("channel") == _CHANNEL and message.get("event") == "update":
            return Kind.EVENTS
        if message.get("channel") == _CHANNEL and message.get("event") == "subscribe":
            return Kind.ACCEPTED
    raise InputError(f"message of no documented kind (channel {_CHANNEL}, futures.pong, upgrade, error)")


def _subscribe(topic: str, epoch_seconds: int) -> str:
    return json.dumps({"time": epoch_seconds, "channel": _CHANNEL, "event": "subscribe", "payload": [topic]})


def _ping(epoch_seconds: int) -> str:
    return json.dumps({"time": epoch_seconds, "channel": "futures.ping"})


def _covers(instrument: Instrument, *, settle: str) -> bool:
    return instrument.market_type == "perpetual" and instrument.settle.lower() == settle


def _channel(settle: str) -> Channel:
    return Channel(
        api_id="gate",
        venue="gate",
        collector="gate_liquidation_stream",
        url=f"wss://fx-ws.gateio.ws/v4/ws/{settle}",
        covers=partial(_covers, settle=settle),
        topic=lambda _instrument: _ALL_CONTRACTS,
        subscribe=_subscribe,
        classify=_classify,
        events=liquidations_of,
        symbol_field="contract",
        read=read_liquidation,
        ping=_ping,
        # Without this header, the venue rounds sizes to whole contracts.
        headers={"X-Gate-Size-Decimal": "1"},
    )


GATE_CHANNELS = (_channel("usdt"), _channel("btc"))
