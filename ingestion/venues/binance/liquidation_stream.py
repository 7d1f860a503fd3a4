"""Binance: ``!forceOrder@arr`` of USD-M and of COIN-M futures.

Only the latest forced order of a symbol and second is pushed. Since the merge of June 2026 either stream carries the
orders of both markets, told apart by ``st``: each channel keeps those of its own instruments. Since April 2026 only the
route ``/market`` delivers; the older ``/ws`` accepts and stays silent.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.channel import Channel, Kind, has_settlement
from ingestion.api.payload import instant, mapping, number, quantity, side_closed_by, text
from ingestion.api.rows import Row, identified, liquidation_event
from ingestion.records import Settlement, Unit

_UNIT_OF_MARKET: dict[float | None, Unit] = {1: "base", 2: "contract"}


def parse_liquidations(message: Any) -> list[Row]:
    """Return the forced order of ``message``.

    The quantity is what has been filled (``z``), in base coins of USD-M and in contracts of COIN-M; the price is the
    average fill, or the order's where there is none yet.

    Sample::

        {"e": "forceOrder", "E": 1568014460900, "o": {
            "s": "BTCUSDT", "S": "SELL", "q": "0.020", "p": "9910", "ap": "9905.5", "z": "0.014", "T": 1568014460893}}
    """
    order = mapping(message, "o")
    fill_price = number(order, "ap")
    return identified(
        [
            liquidation_event(
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
        ]
    )


def _unit(order: Any) -> Unit:
    if "st" not in order:
        # Before the merge. A COIN-M symbol has its pair and contract apart: BTCUSD_PERP, BTCUSD_261225.
        return "contract" if "USD_" in text(order, "s") else "base"
    market = number(order, "st")
    if market not in _UNIT_OF_MARKET:
        raise InputError(f"field st holds {order['st']!r}, which is neither 1 nor 2; the message's format has changed")
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


def _nothing_to_subscribe(_symbols: Iterable[str], _epoch_seconds: int) -> tuple[str, ...]:
    # The path of the address names the stream.
    return ()


def _channel(api_id: str, host: str, settlement: Settlement) -> Channel:
    return Channel(
        api_id=api_id,
        venue="binance",
        url=f"wss://{host}/market/ws/!forceOrder@arr",
        covers=partial(has_settlement, settlement=settlement),
        subscribe=_nothing_to_subscribe,
        responses_per_frame=0,
        classify=_classify,
        parse=parse_liquidations,
    )


BINANCE_CHANNELS = (
    _channel("binance_um", "fstream.binance.com", "linear"),
    _channel("binance_cm", "dstream.binance.com", "inverse"),
)
