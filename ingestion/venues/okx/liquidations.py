"""OKX's ``liquidation-orders``: the list of the REST API and the messages of the stream have the same shape.

The venue says that it "does not represent the total number of liquidations"; the details come in no order of time.
``side`` is that of the closing order, ``sz`` counts contracts, ``bkPx`` is the bankruptcy price.
"""

from collections.abc import Iterator
from typing import Any

from common.errors import InputError
from ingestion.api.payload import instant, mapping, number, quantity, rows, side_closed_by, text
from ingestion.api.rows import Row, identified, liquidation_event
from ingestion.records import PositionSide


def read_liquidations(payload: Any) -> list[Row]:
    """Return all liquidations of a response or message: every detail of every instrument."""
    return identified(_events(payload))


def _events(payload: Any) -> Iterator[Row]:
    for orders in rows(payload, "data"):
        for detail in rows(orders, "details"):
            symbol = text(orders, "instId")
            yield liquidation_event(
                symbol,
                instant(detail, "ts"),
                {**mapping(detail), "instId": symbol},
                position_side=_position_side(detail),
                quantity_native=quantity(detail, "sz"),
                native_unit="contract",
                price_usd_native=number(detail, "bkPx"),
                price_kind="bankruptcy",
                coverage="sampled",
            )


def _position_side(detail: Any) -> PositionSide:
    side = side_closed_by(detail, "side")
    # Accounts in net mode have no side of their own here.
    if detail.get("posSide") not in (side, "net", "", None):
        raise InputError(f"an order to {detail['side']} cannot close a {detail['posSide']}; its format has changed")
    return side
