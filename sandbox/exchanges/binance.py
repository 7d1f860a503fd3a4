"""The common part of Binance's USD-M and COIN-M futures: labels, paging, errors and the stream of forced orders.

What belongs here: what both APIs share. What does not: paths and units (binance_um.py, binance_cm.py).
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, TypeVar

from sandbox.exchanges.api import BadRequestError, Json, Reply, Request, Stream, VenueError
from sandbox.exchanges.listed import Listed, expiry_date, milliseconds, text
from sandbox.exchanges.view import Candle, View
from sandbox.market.latent_market import Contract, Liquidation

_Row = TypeVar("_Row")

KEPT = timedelta(days=30)
_PERPETUAL_ENDS_MS = 4133404800000
_LABELS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600,
    "8h": 28800, "12h": 43200, "1d": 86400,
}  # fmt: skip
_HISTORY_LABELS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
_ALL = "!forceOrder@arr"


def venue_error(message: str) -> VenueError:
    """Return Binance's error response to a bad request."""
    code = -1121 if message.startswith("Invalid symbol") else -1102
    return VenueError(400, {"code": code, "msg": message})


def list_um(contract: Contract) -> Listed | None:
    """Return the listing of a contract in USD-M futures, or None."""
    if contract.settlement != "linear":
        return None
    base = "1000PEPE" if contract.asset == "PEPE" else contract.asset
    symbol = f"{base}USDT" if contract.expires_at is None else f"{base}USDT_{expiry_date(contract, '%y%m%d')}"
    return Listed(symbol, base, "USDT", contract, coins=1000.0 if contract.asset == "PEPE" else 1.0)


def list_cm(contract: Contract) -> Listed | None:
    """Return the listing of a contract in COIN-M futures, or None. A contract is 100 USD for BTC, else 10 USD."""
    if contract.settlement != "inverse":
        return None
    suffix = "PERP" if contract.expires_at is None else expiry_date(contract, "%y%m%d")
    size = 100.0 if contract.asset == "BTC" else 10.0
    return Listed(f"{contract.asset}USD_{suffix}", contract.asset, "USD", contract, contract_size=size)


def contract_type(view: View, one: Listed, at: float) -> str:
    """Return the type of a contract at an instant: PERPETUAL, or its position among the quarters of its pair."""
    if one.contract.expires_at is None:
        return "PERPETUAL"
    is_sooner = [
        other
        for other in view.listed
        if other.base == one.base
        and other.contract.expires_at is not None
        and at < other.contract.expires_at < one.contract.expires_at
    ]
    return "NEXT_QUARTER" if is_sooner else "CURRENT_QUARTER"


def symbol_of(view: View, one: Listed) -> dict[str, Json]:
    """Return the fields of a contract that both exchange infos contain."""
    expires_at = one.contract.expires_at
    return {
        "symbol": one.symbol,
        "pair": pair(one),
        "contractType": contract_type(view, one, view.now),
        "deliveryDate": _PERPETUAL_ENDS_MS if expires_at is None else milliseconds(expires_at),
        "onboardDate": milliseconds(one.contract.listed_at),
        "baseAsset": one.base,
        "quoteAsset": one.quote,
        "marginAsset": one.settle,
        "pricePrecision": 8,
        "quantityPrecision": 3,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.00000001", "maxPrice": "10000000", "tickSize": "0.00000001"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "100000000", "stepSize": "0.001"},
        ],
    }


def pair(one: Listed) -> str:
    """Return the pair of a contract: BTCUSDT, BTCUSD."""
    return one.base + one.quote


def exchange_info(view: View, symbols: Iterable[Json]) -> Json:
    """Return the exchange info that contains ``symbols``."""
    return {
        "timezone": "UTC",
        "serverTime": milliseconds(view.now),
        "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}],
        "exchangeFilters": [],
        "symbols": list(symbols),
    }


def server_time(view: View, _request: Request) -> Json:
    """Return the venue's time."""
    return {"serverTime": milliseconds(view.now)}


def ping(_view: View, _request: Request) -> Json:
    """Return an empty object, as Binance does."""
    return {}


def step_of(request: Request, name: Literal["period", "interval"]) -> int:
    """Return the requested period or interval in seconds."""
    label = request.text(name)
    if label not in (_LABELS if name == "interval" else _HISTORY_LABELS):
        raise BadRequestError(f"Invalid {name}.")
    return _LABELS[label]


def history(view: View, request: Request, one: Listed, *, lag: int = 0) -> list[int]:
    """Return the labels of a page of ``/futures/data``: 30 by default, 500 at most."""
    since = request.optional("startTime")
    if since is not None and int(since) / 1000 < view.oldest(KEPT):
        raise VenueError(400, {"code": -1130, "msg": "parameter 'startTime' is invalid."})
    until = request.seconds("endTime", view.now)
    labels = view.labels(one, step_of(request, "period"), request.seconds("startTime", 0), until, kept=KEPT, lag=lag)
    return page(labels, request, default=30, most=500)


def page(rows: list[_Row], request: Request, *, default: int, most: int) -> list[_Row]:
    """Return the oldest rows when the request has a ``startTime``, else the newest rows."""
    count = request.limit("limit", default=default, most=most)
    return rows[-count:] if request.optional("startTime") is None else rows[:count]


def candles(view: View, request: Request, one: Listed, price: Literal["trade", "mark", "index"]) -> list[Candle]:
    """Return the bars of a page: 500 by default, 1500 at most."""
    step = step_of(request, "interval")
    until = request.seconds("endTime", view.now)
    count = request.limit("limit", default=500, most=1500)
    since = request.seconds("startTime", view.now - count * step)
    if request.optional("startTime") is not None:
        until = min(until, since + count * step)
    return page(view.candles(one, price, step, since, until), request, default=500, most=1500)


def kline(candle: Candle, step: int, flows: tuple[float, float, float, float]) -> Json:
    """Return a bar in Binance's format.

    ``flows`` are volume, volume in the other unit, taker buys, and taker buys in the other unit.
    """
    volume, other_volume, taker, other_taker = flows
    prices = (candle.open, candle.high, candle.low, candle.close)
    return [
        milliseconds(candle.starts_at), *map(text, prices), text(volume),
        milliseconds(candle.starts_at + step) - 1, text(other_volume), 300, text(taker), text(other_taker), "0",
    ]  # fmt: skip


def price_klines(view: View, request: Request, one: Listed, price: Literal["mark", "index"]) -> Json:
    """Return bars of the mark or index price, with a volume of zero."""
    step = step_of(request, "interval")
    return [kline(candle, step, (0.0, 0.0, 0.0, 0.0)) for candle in candles(view, request, one, price)]


def shares(long: float) -> tuple[str, str, str]:
    """Return the ratio of longs to shorts, the share of longs and the share of shorts."""
    return text(long / (1 - long)), text(long), text(1 - long)


def funding_rates(view: View, request: Request, names: Iterable[Listed]) -> list[tuple[Listed, int, float]]:
    """Return the settlements of a page, oldest first: 100 by default, 1000 at most."""
    since, until = request.seconds("startTime", 0), request.seconds("endTime", view.now)
    rows = [(one, at, rate) for one in names for at, rate in view.settlements(one, since, until)]
    rows.sort(key=lambda row: row[1])
    return page(rows, request, default=100, most=1000)


def streams() -> tuple[Stream, ...]:
    """Return the WebSocket routes. Routes without ``/market`` accept a socket but send no events since April 2026."""
    return (
        Stream("/market/ws/{topics}", _topics_of_path, _replied, _forced),
        Stream("/market/ws", _no_topics, _replied, _forced),
        Stream("/market/stream", _topics_of_query, _replied, _wrapped),
        Stream("/ws/{topics}", _topics_of_path, _replied, _silent),
        Stream("/ws", _no_topics, _replied, _silent),
        Stream("/stream", _topics_of_query, _replied, _silent),
    )


def _no_topics(_request: Request) -> frozenset[str]:
    return frozenset()


def _topics_of_path(request: Request) -> frozenset[str]:
    return frozenset(request.text("topics").split("/"))


def _topics_of_query(request: Request) -> frozenset[str]:
    return frozenset((request.optional("streams") or "").split("/")) - {""}


def _replied(message: str, _now: float) -> Reply:
    asked = json.loads(message)
    if asked.get("method") == "SUBSCRIBE":
        return Reply((json.dumps({"result": None, "id": asked.get("id")}),), frozenset(asked["params"]))
    return Reply((json.dumps({"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": asked.get("id")}),))


def _silent(_contract: Contract, _closed: Liquidation) -> None:
    return None


def _wrapped(contract: Contract, closed: Liquidation) -> tuple[frozenset[str], Json] | None:
    event = _forced(contract, closed)
    return None if event is None else (event[0], {"stream": _ALL, "data": event[1]})


def _forced(contract: Contract, closed: Liquidation) -> tuple[frozenset[str], Json] | None:
    """Return a forced order: ``S`` is the side of the closing order, ``st`` is 1 for USD-M and 2 for COIN-M."""
    um, cm = list_um(contract), list_cm(contract)
    one = um or cm
    if one is None:
        return None
    base = closed.quantity_base / one.coins
    price = closed.fill_price_usd * one.coins
    quantity = text(base if um else one.contracts(base, price))
    order = {
        "s": one.symbol,
        "S": "SELL" if closed.position_side == "long" else "BUY",
        "o": "LIMIT",
        "f": "IOC",
        "q": quantity,
        "p": text(closed.bankruptcy_price_usd * one.coins),
        "ap": text(price),
        "X": "FILLED",
        "l": quantity,
        "z": quantity,
        "T": milliseconds(closed.at),
        "st": 1 if um else 2,
    }
    if cm:
        order["ps"] = pair(one)
    message = {"e": "forceOrder", "E": milliseconds(closed.at) + 3, "o": order}
    return frozenset({_ALL, f"{one.symbol.lower()}@forceOrder"}), message
