"""OKX's ``liquidation-orders``: the list of the REST API and the messages of the stream have the same shape.

The venue writes that it "does not represent the total number of liquidations". The details are not sorted by time.
``side`` is the side of the closing order, ``sz`` counts contracts, ``bkPx`` is the bankruptcy price.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from common.errors import InputError
from ingestion.api.damaged_rows import each
from ingestion.api.feed import Exchange, Reading, Response
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import (
    instant,
    milliseconds,
    number,
    quantity,
    rows_or_one,
    side_closed_by,
    text,
)
from ingestion.api.rows import Row, identified, liquidation_event
from ingestion.records import LIQUIDATION_EVENT, PositionSide
from ingestion.venues.okx.requests import PAGE_ROWS, feed

# ccxt does not know the path. Its limiter allows a cost of 20 in 2 seconds; the venue allows 40 requests.
_LIQUIDATION_COST = 0.5


def liquidations_of(payload: Any) -> Sequence[Any]:
    """Return all liquidations of a response or message: every detail of every instrument, with its ``instId``.

    An entry without details stays one liquidation, which :func:`read_liquidation` then refuses.

    Sample of a message::

        {"arg": {"channel": "liquidation-orders", "instType": "SWAP"},
         "data": [{"instId": "IOST-USDT-SWAP", "instType": "SWAP", "details": [
            {"bkLoss": "0", "bkPx": "0.007831", "posSide": "short", "side": "buy", "sz": "13",
             "ts": "1692266434010"}]}]}
    """
    return [liquidation for orders in rows_or_one(payload, "data") for liquidation in _details(orders)]


def _details(orders: Any) -> Sequence[Any]:
    if not isinstance(orders, dict) or not isinstance(orders.get("details"), (list, dict)):
        return [orders]
    symbol = {"instId": orders["instId"]} if "instId" in orders else {}
    return [{**detail, **symbol} if isinstance(detail, dict) else detail for detail in rows_or_one(orders, "details")]


def read_liquidation(detail: Any) -> Row:
    """Return the row of a liquidation."""
    return liquidation_event(
        text(detail, "instId"),
        instant(detail, "ts"),
        detail,
        position_side=_position_side(detail),
        quantity_native=quantity(detail, "sz"),
        native_unit="contract",
        price_usd_native=number(detail, "bkPx"),
        price_kind="bankruptcy",
        coverage="sampled",
    )


def _position_side(detail: Any) -> PositionSide:
    side = side_closed_by(detail, "side")
    # An account in net mode has no posSide.
    if detail.get("posSide") not in (side, "net", "", None):
        raise InputError(f"a {detail['side']} order cannot close a {detail['posSide']}; its format has changed")
    return side


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read every detail of ``public/liquidation-orders``. The list lacks some liquidations (``sampled``).

    Sample::

        {"data": [{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "uly": "BTC-USDT",
                   "details": [{"bkPx": "89000.5", "posSide": "long", "side": "sell", "sz": "12.5",
                                "ts": "1767225660000"}]}]}
    """
    listed = liquidations_of(response.payload)
    liquidations = (read_liquidation(listed[place]) for place in each(range(len(listed))))
    return [row for row in identified(liquidations) if row["symbol"] in response.instruments]


async def _request_liquidations(exchange: Exchange, instrument: Any, window: Any) -> Any:
    # ccxt 4.5.90 has no method for this path. This request uses its transport, limiter and error mapping.
    return await exchange.request(
        "public/liquidation-orders",
        ["public"],
        "GET",
        {
            "instType": text(instrument.payload, "instType"),
            # An index may have several families, such as BTC-USD and BTC-USD_UM.
            "instFamily": text(instrument.payload, "instFamily"),
            "state": "filled",
            "before": milliseconds(window.since) - 1,
            "after": milliseconds(window.until),
            "limit": PAGE_ROWS,
        },
        config={"cost": _LIQUIDATION_COST},
    )


LIQUIDATION_FEEDS = (
    feed(
        name="liquidation_orders",
        path="api/v5/public/liquidation-orders",
        request=_request_liquidations,
        readings=(Reading("okx_liquidation_orders", LIQUIDATION_EVENT, "instant", parse_liquidations, None),),
        weight="1 of 40 requests in 2 seconds per IP",
        label_spacing=timedelta(minutes=6),
        page_rows=PAGE_ROWS,
        retention=timedelta(days=7),
        # Dated contracts of an index share one list, so the rows of one contract do not show that a page is full.
        applies_to=is_perpetual,
    ),
)
