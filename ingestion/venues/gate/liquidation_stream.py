"""Gate: ``futures.public_liquidates`` of perpetuals settled in USDT and in BTC; delivery contracts have none.

Since 20 August 2026 the venue sends every liquidation of a contract and second, as a list. Before, it sent one of them.
``size`` counts contracts and has the sign of the closing order: a negative size closes a long. The REST list has the
opposite sign: six events that are in both show it (docs/how_to/liquidation_stream.md, open questions). ``price`` is the
price of the order.
"""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind
from ingestion.api.feed import Instrument
from ingestion.api.payload import instant, number, rows, text
from ingestion.api.rows import Row, identified, liquidation_event

_CHANNEL = "futures.public_liquidates"
_FIRST_MILLISECONDS = 10**11


def parse_liquidations(message: Any) -> list[Row]:
    """Return the liquidations of ``message``.

    Sample::

        {"channel": "futures.public_liquidates", "event": "update", "time": 1767225600,
         "result": [{"contract": "BTC_USDT", "price": "89500.5", "size": "-1.5", "time_ms": 1767225600250}]}
    """
    return identified(_event(row) for row in rows(message, "result"))


def _event(row: Any) -> Row:
    size = number(row, "size")
    if not size:
        raise InputError(f"field size holds {row['size']!r}; expected a size with a sign; its format has changed")
    return liquidation_event(
        text(row, "contract"),
        # Documented as time_ms until August 2026, as time since then. The examples of time are in seconds and in ms.
        instant(row, "time_ms") if "time_ms" in row else instant(row, "time", unit=_time_unit(row)),
        row,
        position_side="long" if size < 0 else "short",
        quantity_native=abs(size),
        native_unit="contract",
        price_usd_native=number(row, "price"),
        price_kind="order",
        coverage="full",
    )


def _time_unit(row: Any) -> str:
    return "ms" if (number(row, "time") or 0) >= _FIRST_MILLISECONDS else "s"


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        if message.get("error"):
            return Kind.REFUSED
        if message.get("channel") == "futures.pong":
            return Kind.CONTROL
        if message.get("channel") == _CHANNEL and message.get("event") == "update":
            return Kind.EVENTS
        if message.get("channel") == _CHANNEL and message.get("event") == "subscribe":
            return Kind.ACCEPTED
    raise InputError(f"message of no documented kind (channel {_CHANNEL}, futures.pong, error)")


def _subscribe(_symbols: Iterable[str], epoch_seconds: int) -> tuple[str, ...]:
    return (json.dumps({"time": epoch_seconds, "channel": _CHANNEL, "event": "subscribe", "payload": ["!all"]}),)


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
        subscribe=_subscribe,
        responses_per_frame=1,
        classify=_classify,
        parse=parse_liquidations,
        ping=_ping,
        # Without this header, the venue rounds sizes to whole contracts.
        headers={"X-Gate-Size-Decimal": "1"},
    )


GATE_CHANNELS = (_channel("usdt"), _channel("btc"))
