"""Liquidation orders of HTX's swaps: contracts at the bankruptcy price."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from common.errors import InputError
from ingestion.api.feed import Instrument, Reading, Response, Window
from ingestion.api.payload import instant, number, quantity, rows, side_closed_by, text
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import own_rows
from ingestion.api.rows import Row, liquidation_event
from ingestion.records import LIQUIDATION_EVENT, Coverage, PositionSide
from ingestion.venues.htx.instruments import is_inverse_swap, is_linear_swap
from ingestion.venues.htx.requests import LINEAR_PAGE_ROWS, feed, feed_v5, linear_page

# The most rows that the inverse endpoint puts into one response.
_INVERSE_ROWS = 50
# The endpoints allow a span of at most two hours.
_SPACING = timedelta(minutes=1)
_PAGE_MINUTES = 100
_RETENTION = timedelta(days=90)
_SIDES: dict[str, PositionSide] = {"long": "long", "short": "short"}


def _inverse_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"contract": instrument.symbol, "trade_type": 0, **span_milliseconds(window, "start_time", "end_time")}


def parse_linear(response: Response) -> Iterable[Row]:
    """Read ``v5/market/liquidation_orders``, which states the side of the position.

    Sample::

        {"data": [{"id": "150153038758", "contract_code": "BTC-USDT", "liquidation_time": "1767225601165",
                   "side": "buy", "position_side": "short", "volume": "2", "bankrupt_price": "90500.5"}]}
    """
    for row in own_rows(rows(response.payload, "data"), contract_code=response.symbol):
        yield liquidation_event(
            response.symbol,
            instant(row, "liquidation_time"),
            row,
            position_side=_position_side(row),
            quantity_native=quantity(row, "volume"),
            native_unit="contract",
            price_usd_native=number(row, "bankrupt_price"),
            price_kind="bankruptcy",
            coverage=_coverage(response, LINEAR_PAGE_ROWS),
            event_id=_event_id(row, "id"),
        )


def parse_inverse(response: Response) -> Iterable[Row]:
    """Read ``v3/swap_liquidation_orders``, which states the side of the closing order.

    Sample::

        {"data": [{"query_id": 452057, "contract_code": "BTC-USD", "direction": "sell", "offset": "close",
                   "volume": 479.0, "price": 88000.5, "created_at": 1767225601864}]}
    """
    for row in own_rows(rows(response.payload, "data"), contract_code=response.symbol):
        yield liquidation_event(
            response.symbol,
            instant(row, "created_at"),
            row,
            position_side=side_closed_by(row, "direction"),
            quantity_native=quantity(row, "volume"),
            native_unit="contract",
            price_usd_native=number(row, "price"),
            price_kind="bankruptcy",
            coverage=_coverage(response, _INVERSE_ROWS),
            event_id=_event_id(row, "query_id"),
        )


def _position_side(row: Mapping[str, Any]) -> PositionSide:
    written = text(row, "position_side")
    if written not in _SIDES:
        raise InputError(f"field position_side holds {written!r}; expected long or short; its format has changed")
    return _SIDES[written]


def _coverage(response: Response, limit: int) -> Coverage:
    """Return ``sampled`` for a response of ``limit`` rows, which may lack some liquidations; else ``full``."""
    return "full" if len(rows(response.payload, "data")) < limit else "sampled"


def _event_id(row: Mapping[str, Any], field: str) -> str:
    if not row.get(field):
        raise InputError(f"no field {field} in a liquidation; the response's format has changed")
    return str(row[field])


LIQUIDATION_FEEDS = (
    feed_v5(
        name="liquidations_linear",
        path="v5/market/liquidation_orders",
        request=call("contractPublicGetV5MarketLiquidationOrders", linear_page),
        readings=(Reading("htx_liquidation_linear", LIQUIDATION_EVENT, "instant", parse_linear, None),),
        label_spacing=_SPACING,
        page_rows=_PAGE_MINUTES,
        retention=_RETENTION,
        applies_to=is_linear_swap,
    ),
    feed(
        name="liquidations_inverse",
        path="swap-api/v3/swap_liquidation_orders",
        request=call("contractPublicGetSwapApiV3SwapLiquidationOrders", _inverse_parameters),
        readings=(Reading("htx_liquidation_inverse", LIQUIDATION_EVENT, "instant", parse_inverse, None),),
        label_spacing=_SPACING,
        page_rows=_PAGE_MINUTES,
        retention=_RETENTION,
        applies_to=is_inverse_swap,
    ),
)
