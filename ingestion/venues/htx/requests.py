"""The requests to HTX: methods of ccxt and their parameters.

What belongs here: requests. What does not: what a response means (responses.py), which requests make a feed
(__init__.py).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from ingestion.api.feed import Exchange, Window
from ingestion.api.payload import instant, mapping, milliseconds, number, rows

FUNDING_ROWS = 100
# The venue's own limits of one response, by settlement.
LIQUIDATION_ROWS = {"linear": 100, "inverse": 50}
_PAGE_ROWS = 50

Request = Callable[[Exchange, Any, Any], Awaitable[Any]]


def request_all(method: str) -> Request:
    """Return the request of a bulk endpoint: every contract of its family at once."""

    async def request(exchange: Exchange, _: Any, __: Any) -> Any:
        return await getattr(exchange, method)()

    return request


def request_one(method: str) -> Request:
    """Return the request of an endpoint about one contract, now."""

    async def request(exchange: Exchange, instrument: Any, _: Any) -> Any:
        return await getattr(exchange, method)({"contract_code": instrument.symbol})

    return request


def request_candles(method: str, name: str = "contract_code") -> Request:
    """Return the request of 5-minute candles between two instants; dated inverse contracts are named otherwise."""

    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        begin, end = milliseconds(window.since) // 1000, milliseconds(window.until) // 1000 - 1
        return await getattr(exchange, method)({name: instrument.symbol, "period": "5min", "from": begin, "to": end})

    return request


def request_newest(method: str, path: tuple[str, ...], **constants: Any) -> Request:
    """Return the request of an endpoint without bounds, narrowed to the window: its rows, which lie at ``path``."""

    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        response = await getattr(exchange, method)({"contract_code": instrument.symbol, **constants})
        # The venue gives its newest rows to any request; what lies outside of the window is another page's.
        return {"data": [row for row in rows(response, *path) if _is_inside(window, row, "ts")]}

    return request


def _is_inside(window: Window, row: Any, key: str) -> bool:
    return window.since <= instant(row, key) < window.until


async def request_settled_linear(exchange: Exchange, instrument: Any, window: Any) -> Any:
    """Request settlements of a linear swap within the window."""
    span = {"start_time": milliseconds(window.since), "end_time": milliseconds(window.until) - 1}
    return await exchange.contractPublicGetV5MarketFundingRateHistory(
        {"contract_code": instrument.symbol, **span, "limit": FUNDING_ROWS}
    )


async def request_settled_inverse(exchange: Exchange, instrument: Any, window: Any) -> Any:
    """Request settlements of an inverse swap, narrowed to the window."""
    # Pages are numbered from the newest settlement, so those before the window are walked through to reach it.
    inside: list[Any] = []
    page_index, page_count = 1, 1
    while page_index <= page_count:
        response = await exchange.contractPublicGetSwapApiV1SwapHistoricalFundingRate(
            {"contract_code": instrument.symbol, "page_index": page_index, "page_size": _PAGE_ROWS}
        )
        page = rows(response, "data", "data")
        inside += [row for row in page if _is_inside(window, row, "funding_time")]
        if page and instant(page[-1], "funding_time") < window.since:
            break
        page_index, page_count = page_index + 1, int(number(mapping(response, "data"), "total_page") or 0)
    return {"data": inside}


async def request_liquidations_linear(exchange: Exchange, instrument: Any, window: Any) -> Any:
    """Request liquidations of a linear swap within the window."""
    span = {"start_time": milliseconds(window.since), "end_time": milliseconds(window.until) - 1}
    return await exchange.contractPublicGetV5MarketLiquidationOrders(
        {"contract_code": instrument.symbol, **span, "limit": LIQUIDATION_ROWS["linear"]}
    )


async def request_liquidations_inverse(exchange: Exchange, instrument: Any, window: Any) -> Any:
    """Request liquidations of an inverse swap within the window."""
    span = {"start_time": milliseconds(window.since), "end_time": milliseconds(window.until) - 1}
    return await exchange.contractPublicGetSwapApiV3SwapLiquidationOrders(
        {"contract": instrument.symbol, "trade_type": 0, **span}
    )
