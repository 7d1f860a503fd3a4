"""Deribit v2: JSON-RPC responses, inverse contracts in USD, linear contracts in coins, liquidations among the trades.

What belongs here: its names, paths and fields. What does not: reading the market (view.py).
"""

from dataclasses import dataclass

from sandbox.exchanges.api import Api, BadRequestError, Json, Request, VenueError, listed
from sandbox.exchanges.listed import Listed, day_month_year, milliseconds
from sandbox.exchanges.view import View
from sandbox.market.latent_market import BAR_SECONDS, Contract

_PERPETUAL_ENDS_MS = 32503708800000
_STEPS = {
    "1": 60, "3": 180, "5": 300, "10": 600, "15": 900, "30": 1800, "60": 3600, "120": 7200, "180": 10800,
    "360": 21600, "720": 43200, "1D": 86400,
}  # fmt: skip
_MOST_CANDLES = 5001
_MOST_FUNDINGS = 744
_MOST_TRADES = 1000
_HOURS_OF_INTEREST = 8


@dataclass(frozen=True)
class _Trade:
    """A trade. ``liquidation`` is T when the taker was closed by force, M when the maker was, else None."""

    at: int
    one: Listed
    base: float
    price: float
    direction: str
    liquidation: str | None


def _venue_error(message: str) -> VenueError:
    error = {"message": "Invalid params", "data": {"reason": message, "param": ""}, "code": -32602}
    return VenueError(400, {"jsonrpc": "2.0", "error": error, "usDiff": 65, "testnet": False})


def _list(contract: Contract) -> Listed:
    expiry = "PERPETUAL" if contract.expires_at is None else day_month_year(contract)
    if contract.settlement == "linear":
        return Listed(f"{contract.asset}_USDC-{expiry}", contract.asset, "USDC", contract, contract_size=0.001)
    size = 10.0 if contract.asset == "BTC" else 1.0
    return Listed(f"{contract.asset}-{expiry}", contract.asset, "USD", contract, contract_size=size)


def _response(view: View, result: Json) -> Json:
    microseconds = milliseconds(view.now) * 1000
    spent = {"usIn": microseconds, "usOut": microseconds + 65, "usDiff": 65}
    return {"jsonrpc": "2.0", "result": result, **spent, "testnet": False}


def _one(view: View, request: Request) -> Listed:
    return listed(view, request.text("instrument_name"))


def _of_currency(view: View, request: Request) -> list[Listed]:
    """Return the trading contracts that are settled in a currency. Deribit calls all of them futures."""
    currency = request.text("currency", "any")
    if request.text("kind", "future") not in ("future", "any"):
        return []
    return [one for one in view.trading if currency in ("any", one.settle)]


def _time(view: View, _request: Request) -> Json:
    return _response(view, milliseconds(view.now))


def _currencies(view: View, _request: Request) -> Json:
    names = dict.fromkeys(one.settle for one in view.trading)
    fees = {"fee_precision": 4, "min_confirmations": 1, "min_withdrawal_fee": 0.0001, "withdrawal_fee": 0.0001}
    rows = [{"currency": name, "currency_long": name, "coin_type": name, **fees} for name in names]
    return _response(view, rows)


def _instruments(view: View, request: Request) -> Json:
    return _response(view, [_instrument(one) for one in _of_currency(view, request)])


def _instrument(one: Listed) -> Json:
    expires_at = one.contract.expires_at
    kind = "linear" if one.is_linear else "reversed"
    return {
        "price_index": f"{one.base}_{one.quote}".lower(),
        "kind": "future",
        "instrument_name": one.symbol,
        "instrument_type": kind,
        "future_type": kind,
        "base_currency": one.base,
        "quote_currency": one.quote,
        "counter_currency": one.quote,
        "settlement_currency": one.settle,
        "settlement_period": "perpetual" if one.is_perpetual else "month",
        "expiration_timestamp": _PERPETUAL_ENDS_MS if expires_at is None else milliseconds(expires_at),
        "creation_timestamp": milliseconds(one.contract.listed_at),
        "is_active": True,
        "state": "open",
        "tick_size": 1e-8,
        "contract_size": one.contract_size,
        "min_trade_amount": one.contract_size,
        "max_leverage": 50,
        "maker_commission": 0.0,
        "taker_commission": 0.0005,
    }


def _open(view: View, one: Listed) -> float:
    return view.level(one, "oi", view.now) if one.is_linear else view.usd(one, view.now)


def _summaries(view: View, request: Request) -> Json:
    return _response(view, [_summary(view, one) for one in _of_currency(view, request)])


def _summary_of_one(view: View, request: Request) -> Json:
    return _response(view, [_summary(view, _one(view, request))])


def _summary(view: View, one: Listed) -> Json:
    day = view.day(one)
    summary = {
        "instrument_name": one.symbol,
        "base_currency": one.base,
        "quote_currency": one.quote,
        "open_interest": _open(view, one),
        "mark_price": view.level(one, "mark", view.now),
        "mid_price": day.close,
        "bid_price": day.close,
        "ask_price": day.close,
        "last": day.close,
        "high": day.high,
        "low": day.low,
        "price_change": 100 * (day.close / day.open - 1),
        "volume": day.volume_base,
        "volume_usd": day.turnover_usd,
        "volume_notional": day.turnover_usd,
        "estimated_delivery_price": view.level(one, "index", view.now),
        "creation_timestamp": milliseconds(view.now),
    }
    return summary | _funding_now(view, one)


def _funding_now(view: View, one: Listed) -> dict[str, float]:
    if not one.is_perpetual:
        return {}
    return {"current_funding": view.funding_ratio(one), "funding_8h": _interest_8h(view, one, int(view.now))}


def _interest_8h(view: View, one: Listed, at: int) -> float:
    hours = view.settlements(one, at - _HOURS_OF_INTEREST * 3600 + 1, at)
    return sum(rate for _, rate in hours)


def _ticker(view: View, request: Request) -> Json:
    one = _one(view, request)
    day = view.day(one)
    stats = {
        "volume": day.volume_base, "volume_usd": day.turnover_usd, "volume_notional": day.turnover_usd,
        "low": day.low, "high": day.high, "price_change": 100 * (day.close / day.open - 1),
    }  # fmt: skip
    ticker = {
        "timestamp": milliseconds(view.now),
        "stats": stats,
        "state": "open",
        "open_interest": _open(view, one),
        "mark_price": view.level(one, "mark", view.now),
        "index_price": view.level(one, "index", view.now),
        "estimated_delivery_price": view.level(one, "index", view.now),
        "last_price": day.close,
        "instrument_name": one.symbol,
        "best_bid_price": day.close,
        "best_bid_amount": 10.0,
        "best_ask_price": day.close,
        "best_ask_amount": 10.0,
    }
    return _response(view, ticker | _funding_now(view, one))


def _span(view: View, request: Request) -> tuple[float, float]:
    return request.integer("start_timestamp") / 1000, request.seconds("end_timestamp", view.now)


def _chart(view: View, request: Request) -> Json:
    one, label = _one(view, request), request.text("resolution")
    if label not in _STEPS:
        raise BadRequestError("must be one of the supported resolutions")
    step = _STEPS[label]
    since, until = _span(view, request)
    bars = view.candles(one, "trade", step, max(since, min(until, view.now) - _MOST_CANDLES * step), until)
    columns = {
        "ticks": [milliseconds(bar.starts_at) for bar in bars],
        "open": [bar.open for bar in bars],
        "high": [bar.high for bar in bars],
        "low": [bar.low for bar in bars],
        "close": [bar.close for bar in bars],
        "volume": [bar.volume_base for bar in bars],
        "cost": [bar.turnover_usd for bar in bars],
    }
    return _response(view, {"status": "ok" if bars else "no_data", **columns})


def _fundings(view: View, request: Request) -> Json:
    """Return hourly rows: ``interest_1h`` is the rate of the hour, ``interest_8h`` that of the eight hours up to it."""
    one = _one(view, request)
    settled = view.settlements(one, *_span(view, request))[-_MOST_FUNDINGS:]
    return _response(
        view,
        [
            {
                "timestamp": milliseconds(at),
                "index_price": view.level(one, "index", at),
                "prev_index_price": view.level(one, "index", at - 3600),
                "interest_8h": _interest_8h(view, one, at),
                "interest_1h": rate,
            }
            for at, rate in settled
        ],
    )


def _trades_of_currency(view: View, request: Request) -> Json:
    return _trades(view, request, _of_currency(view, request))


def _trades_of_instrument(view: View, request: Request) -> Json:
    return _trades(view, request, [_one(view, request)])


def _trades(view: View, request: Request, names: list[Listed]) -> Json:
    """Return the trades of a span: the forced closes, and one ordinary trade at every bar end."""
    since, until = _span(view, request)
    found = [trade for one in names for trade in [*_forced(view, one, since, until), *_usual(view, one, since, until)]]
    found.sort(key=lambda trade: trade.at, reverse=request.text("sorting", "default") != "asc")
    count = request.limit("count", default=10, most=_MOST_TRADES)
    rows = [_trade(view, trade) for trade in found[:count]]
    return _response(view, {"trades": rows, "has_more": len(found) > count})


def _forced(view: View, one: Listed, since: float, until: float) -> list[_Trade]:
    trades = []
    for closed in view.liquidations(one, since, until):
        # The closing order can be the taker or the maker. When it is the maker, ``direction`` is that of the taker.
        is_taker = closed.at % 2 == 0
        is_sale = (closed.position_side == "long") == is_taker
        direction, role = "sell" if is_sale else "buy", "T" if is_taker else "M"
        trades.append(_Trade(closed.at, one, closed.quantity_base, closed.fill_price_usd, direction, role))
    return trades


def _usual(view: View, one: Listed, since: float, until: float) -> list[_Trade]:
    labels = view.labels(one, BAR_SECONDS, since, until)
    return [_Trade(at, one, 0.001, view.level(one, "trade", at), "buy", None) for at in labels]


def _trade(view: View, trade: _Trade) -> Json:
    amount = trade.base if trade.one.is_linear else trade.base * trade.price
    row = {
        "trade_seq": trade.at,
        "trade_id": f"{trade.one.symbol}-{trade.at}",
        "timestamp": milliseconds(trade.at),
        "tick_direction": 0,
        "price": trade.price,
        "mark_price": view.level(trade.one, "mark", trade.at),
        "index_price": view.level(trade.one, "index", trade.at),
        "instrument_name": trade.one.symbol,
        "direction": trade.direction,
        "amount": amount,
        "contracts": amount / trade.one.contract_size,
    }
    return row if trade.liquidation is None else {**row, "liquidation": trade.liquidation}


_PUBLIC = "GET /api/v2/public"
DERIBIT = Api(
    api_id="deribit",
    venue="deribit",
    lists=_list,
    venue_error=_venue_error,
    handlers={
        f"{_PUBLIC}/get_time": _time,
        f"{_PUBLIC}/get_currencies": _currencies,
        f"{_PUBLIC}/get_instruments": _instruments,
        f"{_PUBLIC}/get_book_summary_by_currency": _summaries,
        f"{_PUBLIC}/get_book_summary_by_instrument": _summary_of_one,
        f"{_PUBLIC}/ticker": _ticker,
        f"{_PUBLIC}/get_tradingview_chart_data": _chart,
        f"{_PUBLIC}/get_funding_rate_history": _fundings,
        f"{_PUBLIC}/get_last_trades_by_currency_and_time": _trades_of_currency,
        f"{_PUBLIC}/get_last_trades_by_instrument_and_time": _trades_of_instrument,
    },
)
