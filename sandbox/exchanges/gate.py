"""Gate v4 futures: quantities in contracts, instants in seconds, all statistics in one row.

What belongs here: its names, paths and fields. What does not: reading the market (view.py).

Gate does not document the label convention of ``contract_stats``. The sandbox labels by the bar end: levels are those
at the label, and liquidations are those of the bar that ends there.
"""

import json
from functools import partial
from typing import Literal

from sandbox.exchanges.api import Api, BadRequestError, Json, Reply, Request, Stream, VenueError, listed
from sandbox.exchanges.listed import Listed, milliseconds, text
from sandbox.exchanges.view import Candle, Price, View
from sandbox.market.latent_market import Contract, Liquidation

_COINS_A_CONTRACT = {"BTC": 0.0001, "ETH": 0.01, "BNB": 0.001, "SOL": 1.0, "PEPE": 10_000_000.0}
_STEPS = {
    "1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14400, "8h": 28800, "1d": 86400,
}  # fmt: skip
_MOST_CANDLES = 2000
_LIQUIDATION_WINDOW_SECONDS = 3600
_CHANNEL = "futures.public_liquidates"


def _venue_error(message: str) -> VenueError:
    label = "CONTRACT_NOT_FOUND" if message.startswith("Invalid symbol") else "INVALID_PARAM_VALUE"
    return VenueError(400, {"label": label, "message": message})


def _list(contract: Contract) -> Listed | None:
    if contract.market_type == "dated":
        return None
    is_linear = contract.settlement == "linear"
    quote = "USDT" if is_linear else "USD"
    size = _COINS_A_CONTRACT.get(contract.asset, 1.0) if is_linear else 1.0
    return Listed(f"{contract.asset}_{quote}", contract.asset, quote, contract, contract_size=size)


def _asked(view: View, request: Request) -> list[Listed]:
    settle, symbol = request.text("settle").upper(), request.optional("contract")
    return [one for one in view.trading if one.settle == settle and symbol in (None, one.symbol)]


def _one(view: View, request: Request, symbol: str | None = None) -> Listed:
    one = listed(view, symbol or request.text("contract"))
    if one.settle != request.text("settle").upper():
        raise BadRequestError(f"Invalid symbol {one.symbol} for this settle.")
    return one


def _span(view: View, request: Request) -> tuple[int, float]:
    """Return the first and the last requested instant. Gate's parameters are in seconds."""
    return request.integer("from", 0), request.integer("to", int(view.now))


def _nothing(_view: View, _request: Request) -> Json:
    return []


def _contracts(view: View, request: Request) -> Json:
    return [_contract(view, one) for one in _asked(view, request)]


def _one_contract(view: View, request: Request) -> Json:
    return _contract(view, _one(view, request))


def _contract(view: View, one: Listed) -> Json:
    rate = text(view.funding_ratio(one))
    return {
        "name": one.symbol,
        "type": "direct" if one.is_linear else "inverse",
        # Gate writes zero for a contract of one USD.
        "quanto_multiplier": text(one.contract_size) if one.is_linear else "0",
        "mark_type": "index",
        "last_price": text(view.level(one, "trade", view.now)),
        "mark_price": text(view.level(one, "mark", view.now)),
        "index_price": text(view.level(one, "index", view.now)),
        "funding_rate": rate,
        "funding_rate_indicative": rate,
        "funding_next_apply": view.next_funding_at(one),
        "funding_interval": view.funding_seconds(one),
        "funding_offset": 0,
        "interest_rate": "0.0003",
        "order_price_round": "0.00000001",
        "mark_price_round": "0.00000001",
        "order_price_deviate": "0.5",
        "order_size_min": 1,
        "order_size_max": 1000000,
        "leverage_min": "1",
        "leverage_max": "100",
        "maintenance_rate": "0.005",
        "maker_fee_rate": "-0.0001",
        "taker_fee_rate": "0.00075",
        "position_size": view.contracts(one, view.now),
        "trade_size": 1000000,
        "create_time": one.contract.listed_at,
        "launch_time": one.contract.listed_at,
        "in_delisting": False,
        "enable_decimal": False,
        "status": "trading",
    }


def _tickers(view: View, request: Request) -> Json:
    return [_ticker(view, one) for one in _asked(view, request)]


def _ticker(view: View, one: Listed) -> Json:
    day = view.day(one)
    rate = text(view.funding_ratio(one))
    return {
        "contract": one.symbol,
        "last": text(day.close),
        "low_24h": text(day.low),
        "high_24h": text(day.high),
        "change_percentage": text(100 * (day.close / day.open - 1)),
        "total_size": text(view.contracts(one, view.now)),
        "volume_24h": text(_volume(one, day)),
        "volume_24h_base": text(day.volume_base),
        "volume_24h_quote": text(day.turnover_usd),
        "volume_24h_settle": text(day.turnover_usd if one.is_linear else day.volume_base),
        "mark_price": text(view.level(one, "mark", view.now)),
        "funding_rate": rate,
        "funding_rate_indicative": rate,
        "index_price": text(view.level(one, "index", view.now)),
        "quanto_base_rate": "",
        "highest_bid": text(day.close),
        "lowest_ask": text(day.close),
    }


def _volume(one: Listed, bar: Candle) -> float:
    return (bar.volume_base if one.is_linear else bar.turnover_usd) / one.contract_size


def _step(request: Request, default: str) -> int:
    label = request.text("interval", default)
    if label not in _STEPS:
        raise BadRequestError(f"invalid interval {label}")
    return _STEPS[label]


def _stats(view: View, request: Request) -> Json:
    """Return statistics from ``from`` on, or the newest ones: 30 by default, 100 at most."""
    one, step = _one(view, request), _step(request, "5m")
    labels = view.labels(one, step, *_span(view, request))
    count = request.limit("limit", default=30, most=100)
    page = labels[-count:] if request.optional("from") is None else labels[:count]
    return [_stat(view, one, at, step) for at in page]


def _stat(view: View, one: Listed, at: int, step: int) -> Json:
    accounts, positions = view.level(one, "long_accounts", at), view.level(one, "long_positions", at)
    contracts = view.contracts(one, at)
    bars = view.candles(one, "trade", step, at - step, at - step)
    taken = [bar.taker_buy_base / (bar.volume_base - bar.taker_buy_base) for bar in bars]
    closed = view.liquidations(one, at - step + 1, at)
    return {
        "time": at,
        "open_interest": contracts,
        "open_interest_usd": view.usd(one, at),
        "mark_price": view.level(one, "mark", at),
        "lsr_taker": taken[0] if taken else 0,
        "lsr_account": accounts / (1 - accounts),
        "top_lsr_account": accounts / (1 - accounts),
        "top_lsr_size": positions / (1 - positions),
        "top_long_size": positions * contracts,
        "top_short_size": (1 - positions) * contracts,
        "long_users": round(accounts * 10_000),
        "short_users": round((1 - accounts) * 10_000),
        **_liquidated_in(one, [event for event in closed if event.position_side == "long"], "long"),
        **_liquidated_in(one, [event for event in closed if event.position_side == "short"], "short"),
    }


def _liquidated_in(one: Listed, closed: list[Liquidation], side: str) -> dict[str, float]:
    """Return the forced closes of one side in contracts, coins and USD."""
    return {
        f"{side}_liq_size": sum(one.contracts(event.quantity_base, event.fill_price_usd) for event in closed),
        f"{side}_liq_amount": sum(event.quantity_base for event in closed),
        f"{side}_liq_usd": sum(event.quantity_base * event.fill_price_usd for event in closed),
    }


def _candlesticks(view: View, request: Request) -> Json:
    price, symbol = _price(request.text("contract"))
    one, step = _one(view, request, symbol), _step(request, "5m")
    is_span = request.optional("from") is not None or request.optional("to") is not None
    if is_span and request.optional("limit"):
        raise BadRequestError("limit conflicts with from and to")
    count = request.limit("limit", default=100, most=_MOST_CANDLES)
    _, until = _span(view, request)
    since = request.integer("from", int(until) - count * step)
    if (until - since) / step > _MOST_CANDLES:
        raise BadRequestError(
            f"Candlestick range too broad. Maximum {_MOST_CANDLES} data points are allowed per request"
        )
    bars = view.candles(one, price, step, since, until)
    return [_candle(one, price, bar) for bar in (bars if is_span else bars[-count:])]


def _price(contract: str) -> tuple[Price, str]:
    """Return the price and the symbol in a name like ``mark_BTC_USDT``."""
    prices: tuple[Literal["mark", "index"], ...] = ("mark", "index")
    for price in prices:
        if contract.startswith(f"{price}_"):
            return price, contract.removeprefix(f"{price}_")
    return "trade", contract


def _candle(one: Listed, price: Price, bar: Candle) -> Json:
    row = {"t": bar.starts_at, "o": text(bar.open), "h": text(bar.high), "l": text(bar.low), "c": text(bar.close)}
    return row if price != "trade" else {**row, "v": _volume(one, bar), "sum": text(bar.turnover_usd)}


def _funding(view: View, request: Request) -> Json:
    settled = view.settlements(_one(view, request), *_span(view, request))
    count = request.limit("limit", default=100, most=1000)
    return [{"t": at, "r": text(rate)} for at, rate in reversed(settled[-count:])]


def _liquidations(view: View, request: Request) -> Json:
    """Return forced closes. ``size`` is the position's, positive for a long; ``order_size`` has the opposite sign."""
    _, until = _span(view, request)
    since = request.integer("from", int(until) - _LIQUIDATION_WINDOW_SECONDS)
    if until - since > _LIQUIDATION_WINDOW_SECONDS:
        raise BadRequestError(f"the window is longer than {_LIQUIDATION_WINDOW_SECONDS} seconds")
    rows = [(one, closed) for one in _asked(view, request) for closed in view.liquidations(one, since, until)]
    rows.sort(key=lambda row: row[1].at, reverse=True)
    return [
        {
            "time": closed.at,
            "contract": one.symbol,
            "size": _size(one, closed),
            "order_size": -_size(one, closed),
            "order_price": text(closed.bankruptcy_price_usd),
            "fill_price": text(closed.fill_price_usd),
            "left": 0,
        }
        for one, closed in rows[: request.limit("limit", default=100, most=1000)]
    ]


def _size(one: Listed, closed: Liquidation) -> float:
    contracts = one.contracts(closed.quantity_base, closed.fill_price_usd)
    return contracts if closed.position_side == "long" else -contracts


def _replied(message: str, now: float) -> Reply:
    asked = json.loads(message)
    stamps = {"time": int(now), "time_ms": milliseconds(now)}
    if asked["channel"] == "futures.ping":
        return Reply((json.dumps({**stamps, "channel": "futures.pong", "event": "", "result": None}),))
    names = {key: asked.get(key) for key in ("channel", "event", "payload")}
    text_back = json.dumps({**stamps, **names, "result": {"status": "success"}})
    return Reply((text_back,), frozenset(f"{asked['channel']}/{symbol}" for symbol in asked["payload"]))


def _liquidated(settle: str, contract: Contract, closed: Liquidation) -> tuple[frozenset[str], Json] | None:
    one = _list(contract)
    if one is None or one.settle != settle:
        return None
    row = {
        "contract": one.symbol,
        # Price and signed size are those of the closing order.
        "price": text(closed.bankruptcy_price_usd),
        "size": text(-_size(one, closed)),
        "time": milliseconds(closed.at),
    }
    stamps = {"time": closed.at, "time_ms": milliseconds(closed.at)}
    message = {"channel": _CHANNEL, "event": "update", **stamps, "result": [row]}
    return frozenset({f"{_CHANNEL}/!all", f"{_CHANNEL}/{one.symbol}"}), message


def _stream(settle: str) -> Stream:
    return Stream(f"/v4/ws/{settle.lower()}", lambda _request: frozenset(), _replied, partial(_liquidated, settle))


_FUTURES = "GET /api/v4/futures/{settle}"
GATE = Api(
    api_id="gate",
    venue="gate",
    lists=_list,
    venue_error=_venue_error,
    handlers={
        "GET /api/v4/spot/currencies": _nothing,
        "GET /api/v4/delivery/{settle}/contracts": _nothing,
        f"{_FUTURES}/contracts": _contracts,
        f"{_FUTURES}/contracts/{{contract}}": _one_contract,
        f"{_FUTURES}/tickers": _tickers,
        f"{_FUTURES}/contract_stats": _stats,
        f"{_FUTURES}/candlesticks": _candlesticks,
        f"{_FUTURES}/funding_rate": _funding,
        f"{_FUTURES}/liq_orders": _liquidations,
    },
    streams=(_stream("USDT"), _stream("BTC")),
)
