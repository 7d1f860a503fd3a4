"""Bybit v5: open interest of both sides, position sides, pages from the newest row backward.

What belongs here: its names, paths and fields. What does not: reading the market (view.py).
"""

import json
from functools import partial
from typing import Literal, TypeVar

from sandbox.exchanges.api import Api, BadRequestError, Json, Reply, Request, Stream, VenueError, listed
from sandbox.exchanges.listed import Listed, day_month_year, milliseconds, month_code, text
from sandbox.exchanges.view import DAY_SECONDS, Candle, Price, View
from sandbox.market.latent_market import Contract, Liquidation

# ``openInterest`` counts the long and the short side of every contract. The newer ``singleOpenInterest`` counts one.
_SIDES = 2
_KLINE_STEPS = {
    "1": 60, "3": 180, "5": 300, "15": 900, "30": 1800, "60": 3600, "120": 7200, "240": 14400, "360": 21600,
    "720": 43200, "D": DAY_SECONDS,
}  # fmt: skip
_HISTORY_STEPS = {"5min": 300, "15min": 900, "30min": 1800, "1h": 3600, "4h": 14400, "1d": DAY_SECONDS}

_Row = TypeVar("_Row")


def _venue_error(message: str) -> VenueError:
    return VenueError(200, {"retCode": 10001, "retMsg": f"params error: {message}", "result": {}, "retExtInfo": {}})


def _list(contract: Contract) -> Listed:
    is_linear = contract.settlement == "linear"
    base = "1000PEPE" if contract.asset == "PEPE" else contract.asset
    quote = "USDT" if is_linear else "USD"
    symbol = base + quote
    if contract.expires_at is not None:
        symbol += f"-{day_month_year(contract)}" if is_linear else month_code(contract)
    return Listed(symbol, base, quote, contract, coins=1000.0 if contract.asset == "PEPE" else 1.0)


def _category(one: Listed) -> str:
    return "linear" if one.is_linear else "inverse"


def _response(view: View, result: Json) -> Json:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": milliseconds(view.now)}


def _one(view: View, request: Request) -> Listed:
    one = listed(view, request.text("symbol"))
    if _category(one) != request.text("category"):
        raise BadRequestError(f"Invalid symbol {one.symbol} in category.")
    return one


def _step(request: Request, name: str, steps: dict[str, int]) -> int:
    label = request.text(name)
    if label not in steps:
        raise BadRequestError(f"Invalid {name}!")
    return steps[label]


def _time(view: View, _request: Request) -> Json:
    return _response(view, {"timeSecond": str(int(view.now)), "timeNano": str(milliseconds(view.now) * 1_000_000)})


def _instruments(view: View, request: Request) -> Json:
    category = request.text("category")
    names = [one for one in view.trading if _category(one) == category and request.optional("status") != "PreLaunch"]
    rows, cursor = _backward(names[::-1], request, default=500, most=1000)
    listing = [_instrument(view, one) for one in rows]
    return _response(view, {"category": category, "list": listing, "nextPageCursor": cursor})


def _instrument(view: View, one: Listed) -> Json:
    expires_at = one.contract.expires_at
    return {
        "symbol": one.symbol,
        "contractType": _category(one).capitalize() + ("Perpetual" if one.is_perpetual else "Futures"),
        "status": "Trading",
        "baseCoin": one.base,
        "quoteCoin": one.quote,
        "launchTime": str(milliseconds(one.contract.listed_at)),
        "deliveryTime": "0" if expires_at is None else str(milliseconds(expires_at)),
        "deliveryFeeRate": "",
        "priceScale": "8",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.00000001", "maxPrice": "1999999.80", "tickSize": "0.00000001"},
        "lotSizeFilter": {
            "maxOrderQty": "100000000",
            "minOrderQty": "0.001" if one.is_linear else "1",
            "qtyStep": "0.001" if one.is_linear else "1",
            "minNotionalValue": "5",
        },
        "unifiedMarginTrade": True,
        "fundingInterval": view.funding_seconds(one) // 60 if one.is_perpetual else 0,
        "settleCoin": one.settle,
        "copyTrading": "none",
        "isPreListing": False,
    }


def _single_side(view: View, one: Listed, at: float) -> float:
    """Return one-sided open interest: in coins, or in USD for inverse contracts."""
    return view.level(one, "oi", at) if one.is_linear else view.usd(one, at)


def _tickers(view: View, request: Request) -> Json:
    category, symbol = request.text("category"), request.optional("symbol")
    names = [one for one in view.trading if _category(one) == category and symbol in (None, one.symbol)]
    if not names:
        raise BadRequestError("symbol invalid")
    return _response(view, {"category": category, "list": [_ticker(view, one) for one in names]})


def _ticker(view: View, one: Listed) -> Json:
    day = view.day(one)
    single, other = _single_side(view, one, view.now), view.usd(one, view.now)
    if not one.is_linear:
        other = view.level(one, "oi", view.now)
    ticker = {
        "symbol": one.symbol,
        "lastPrice": text(day.close),
        "indexPrice": text(view.level(one, "index", view.now)),
        "markPrice": text(view.level(one, "mark", view.now)),
        "prevPrice24h": text(day.open),
        "price24hPcnt": text(day.close / day.open - 1),
        "highPrice24h": text(day.high),
        "lowPrice24h": text(day.low),
        "openInterest": text(_SIDES * single),
        "openInterestValue": text(_SIDES * other),
        "turnover24h": text(day.turnover_usd if one.is_linear else day.volume_base),
        "volume24h": text(day.volume_base if one.is_linear else day.turnover_usd),
        "fundingRate": text(view.funding_ratio(one)) if one.is_perpetual else "",
        "fundingIntervalHour": str(view.funding_seconds(one) // 3600) if one.is_perpetual else "",
        "nextFundingTime": str(milliseconds(view.next_funding_at(one))) if one.is_perpetual else "0",
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "deliveryFeeRate": "",
        "deliveryTime": str(milliseconds(one.contract.expires_at or 0)),
        "bid1Price": text(day.close),
        "bid1Size": "1",
        "ask1Price": text(day.close),
        "ask1Size": "1",
    }
    if view.now >= view.scene_begins("methodology_change"):
        ticker |= {"singleOpenInterest": text(single), "singleOpenInterestValue": text(other)}
    return ticker


def _open_interest(view: View, request: Request) -> Json:
    one, step = _one(view, request), _step(request, "intervalTime", _HISTORY_STEPS)
    labels, cursor = _backward(view.labels(one, step, *_span(view, request)), request, default=50, most=200)
    has_single = view.now >= view.scene_begins("methodology_change")

    def row(at: int) -> Json:
        single = _single_side(view, one, at)
        added = {"singleOpenInterest": text(single)} if has_single else {}
        return {"openInterest": text(_SIDES * single), **added, "timestamp": str(milliseconds(at))}

    rows = [row(at) for at in labels]
    result = {"symbol": one.symbol, "category": _category(one), "list": rows, "nextPageCursor": cursor}
    return _response(view, result)


def _account_ratio(view: View, request: Request) -> Json:
    one, step = _one(view, request), _step(request, "period", _HISTORY_STEPS)
    labels, cursor = _backward(view.labels(one, step, *_span(view, request)), request, default=50, most=500)

    def row(at: int) -> Json:
        long = view.level(one, "long_accounts", at)
        shares = {"buyRatio": text(long), "sellRatio": text(1 - long)}
        return {"symbol": one.symbol, **shares, "timestamp": str(milliseconds(at))}

    return _response(view, {"list": [row(at) for at in labels], "nextPageCursor": cursor})


def _span(view: View, request: Request) -> tuple[float, float]:
    return request.seconds("startTime", 0), request.seconds("endTime", view.now)


def _backward(rows: list[_Row], request: Request, *, default: int, most: int) -> tuple[list[_Row], str]:
    """Return a page of rows, newest first, and the cursor of the next (older) page."""
    count = request.limit("limit", default=default, most=most)
    skipped = request.integer("cursor", 0)
    page = rows[::-1][skipped : skipped + count]
    return page, str(skipped + count) if skipped + count < len(rows) else ""


def _klines(price: Price, view: View, request: Request) -> Json:
    one, step = _one(view, request), _step(request, "interval", _KLINE_STEPS)
    count = request.limit("limit", default=200, most=1000)
    since, until = request.seconds("start", 0), request.seconds("end", view.now)
    if request.optional("start") and not request.optional("end"):
        until = min(until, since + (count - 1) * step)
    bars = view.candles(one, price, step, max(since, until - count * step), until)[-count:]
    rows = [_kline(one, price, bar) for bar in reversed(bars)]
    return _response(view, {"symbol": one.symbol, "category": _category(one), "list": rows})


def _kline(one: Listed, price: Price, bar: Candle) -> list[str]:
    prices = [str(milliseconds(bar.starts_at)), *map(text, (bar.open, bar.high, bar.low, bar.close))]
    if price != "trade":
        return prices
    flows = (bar.volume_base, bar.turnover_usd) if one.is_linear else (bar.turnover_usd, bar.volume_base)
    return [*prices, *map(text, flows)]


def _funding(view: View, request: Request) -> Json:
    one = _one(view, request)
    if request.optional("startTime") and not request.optional("endTime"):
        raise BadRequestError("endTime is required when startTime is passed")
    settled = view.settlements(one, *_span(view, request))
    count = request.limit("limit", default=200, most=200)
    rows = [
        {"symbol": one.symbol, "fundingRate": text(rate), "fundingRateTimestamp": str(milliseconds(at))}
        for at, rate in reversed(settled[-count:])
    ]
    return _response(view, {"category": _category(one), "list": rows})


def _replied(message: str, _now: float) -> Reply:
    asked = json.loads(message)
    reply = {"success": True, "ret_msg": "", "conn_id": "sandbox", "req_id": asked.get("req_id", ""), "op": asked["op"]}
    if asked["op"] == "ping":
        return Reply((json.dumps({**reply, "ret_msg": "pong"}),))
    return Reply((json.dumps(reply),), frozenset(asked.get("args", ())))


def _liquidated(
    category: Literal["linear", "inverse"], contract: Contract, closed: Liquidation
) -> tuple[frozenset[str], Json] | None:
    """Return a forced close: ``S`` is the side of the position, ``p`` the bankruptcy price."""
    one = _list(contract)
    if _category(one) != category:
        return None
    base, price = closed.quantity_base / one.coins, closed.bankruptcy_price_usd * one.coins
    row = {
        "T": milliseconds(closed.at),
        "s": one.symbol,
        "S": "Buy" if closed.position_side == "long" else "Sell",
        "v": text(base if one.is_linear else base * price),
        "p": text(price),
    }
    topic = f"allLiquidation.{one.symbol}"
    message = {"topic": topic, "type": "snapshot", "ts": milliseconds(closed.at) + 500, "data": [row]}
    return frozenset({topic}), message


def _stream(category: Literal["linear", "inverse"]) -> Stream:
    path = f"/v5/public/{category}"
    return Stream(path, lambda _request: frozenset(), _replied, partial(_liquidated, category))


BYBIT = Api(
    api_id="bybit",
    venue="bybit",
    lists=_list,
    venue_error=_venue_error,
    handlers={
        "GET /v5/market/time": _time,
        "GET /v5/market/instruments-info": _instruments,
        "GET /v5/market/tickers": _tickers,
        "GET /v5/market/open-interest": _open_interest,
        "GET /v5/market/account-ratio": _account_ratio,
        "GET /v5/market/kline": partial(_klines, "trade"),
        "GET /v5/market/mark-price-kline": partial(_klines, "mark"),
        "GET /v5/market/index-price-kline": partial(_klines, "index"),
        "GET /v5/market/funding/history": _funding,
    },
    streams=(_stream("linear"), _stream("inverse")),
)
