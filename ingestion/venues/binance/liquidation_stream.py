"""Binance: ``!forceOrder@arr`` of USD-M and of COIN-M futures.

For each symbol and second, the venue sends only the latest forced order. Since the merge of June 2026, each stream has
the orders of both markets; ``st`` names the market, and each channel keeps the orders of its own instruments. Since
April 2026 only the route ``/market`` sends messages. The older ``/ws`` accepts a connection and sends nothing.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, has_settlement
from ingestion.api.payload import instant, number, quantity, rows_or_one, side_closed_by, text
from ingestion.api.rows import Row, liquidation_event
from ingestion.records import Settlement, Unit

_STREAM = "!forceOrder@arr"
_UNIT_OF_MARKET: dict[float | None, Unit] = {1: "base", 2: "contract"}


def liquidations_of(message: Any) -> Sequence[Any]:
    """Return the forced orders of ``message``, which has one.

    Sample::

        {"e": "forceOrder", "E": 1568014460900, "o": {
            "s": "BTCUSDT", "S": "SELL", "q": "0.020", "p": "9910", "ap": "9905.5", "z": "0.014", "T": 1568014460893}}
    """
    return rows_or_one(message, "o")


def read_liquidation(order: Any) -> Row:
    """Return the row of a forced order.

    The quantity is what was filled (``z``): base coins in USD-M, contracts in COIN-M. The price is the average fill, or
    the price of the order while no average is stated.
    """
    fill_price = number(order, "ap")
    return liquidation_event(
        text(order, "s"),
        instant(order, "T"),
        order,
        position_side=side_closed_by(order, "S"),
        quantity_native=quantity(order, "z"),
        native_unit=_unit(order),
        price_usd_native=fill_price or number(order, "p"),
        price_kind="fill" if fill_price else "order",
        coverage="sampled",
    )


def _unit(order: Any) -> Unit:
    if "st" not in order:
        # A message from before the merge. Only COIN-M symbols have an underscore after USD: BTCUSD_PERP, BTCUSD_261225.
        return "contract" if "USD_" in text(order, "s") else "base"
    market = number(order, "st")
    if market not in _UNIT_OF_MARKET:
        raise InputError(f"field st holds {order['st']!r}; expected 1 or 2; the message's format has changed")
    return _UNIT_OF_MARKET[market]


def _classify(message: Any) -> Kind:
    if isinstance(message, dict):
        if message.get("e") == "forceOrder":
            return Kind.EVENTS
        if "error" in message:
            return Kind.REFUSED
        if "result" in message:
            return Kind.CONTROL
    raise InputError("message of no documented kind (forceOrder, error, result)")


def _channel(api_id: str, collector: str, host: str, settlement: Settlement) -> Channel:
    return Channel(
        api_id=api_id,
        venue="binance",
        collector=collector,
        url=f"wss://{host}/market/ws/{_STREAM}",
        covers=partial(has_settlement, settlement=settlement),
        topic=lambda _instrument: _STREAM,
        subscribe=None,
        classify=_classify,
        events=liquidations_of,
        symbol_field="s",
        read=read_liquidation,
    )


BINANCE_CHANNELS = (
    _channel("binance_um", "binance_um_liquidation_stream", "fstream.binance.com", "linear"),
    _channel("binance_cm", "binance_cm_liquidation_stream", "dstream.binance.com", "inverse"),
)
