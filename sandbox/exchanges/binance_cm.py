"""Binance COIN-M futures (``/dapi``): quantities in contracts of 100 or 10 USD, values in coins.

What belongs here: its paths and fields. What does not: what it shares with USD-M (binance.py).
"""

from functools import partial

from sandbox.exchanges.api import Api, BadRequestError, Json, Request, listed
from sandbox.exchanges.binance import (
    candles,
    contract_type,
    exchange_info,
    funding_rates,
    history,
    kline,
    list_cm,
    pair,
    ping,
    price_klines,
    server_time,
    shares,
    step_of,
    streams,
    symbol_of,
    venue_error,
)
from sandbox.exchanges.listed import Listed, milliseconds, text
from sandbox.exchanges.view import Candle, Level, View


def _exchange_info(view: View, _request: Request) -> Json:
    return exchange_info(
        view,
        (
            {**symbol_of(view, one), "contractStatus": "TRADING", "contractSize": int(one.contract_size)}
            for one in view.trading
        ),
    )


def _one(view: View, request: Request) -> Listed:
    return listed(view, request.text("symbol"))


def _of_pair(view: View, request: Request) -> list[Listed]:
    name = request.text("pair")
    found = [one for one in view.listed if pair(one) == name]
    if not found:
        raise BadRequestError(f"Invalid symbol {name}.")
    return found


def _perpetual(view: View, request: Request) -> Listed:
    return next(one for one in _of_pair(view, request) if one.is_perpetual)


def _open_interest(view: View, request: Request) -> Json:
    one = _one(view, request)
    return {
        "symbol": one.symbol,
        "pair": pair(one),
        "openInterest": text(view.contracts(one, view.now)),
        "contractType": contract_type(view, one, view.now),
        "time": milliseconds(view.now),
    }


def _of_type(view: View, request: Request, at: float) -> list[Listed]:
    """Return the contracts of a pair that have the requested type at an instant (default: all types)."""
    asked = request.optional("contractType") or "ALL"
    return [
        one
        for one in _of_pair(view, request)
        if one.contract.listed_at <= at < (one.contract.expires_at or float("inf"))
        and asked in ("ALL", contract_type(view, one, at))
    ]


def _open_interest_history(view: View, request: Request) -> Json:
    name, asked = request.text("pair"), request.optional("contractType") or "ALL"

    def row(at: int, found: list[Listed]) -> Json:
        return {
            "pair": name,
            "contractType": asked,
            "sumOpenInterest": text(sum(view.contracts(one, at) for one in found)),
            "sumOpenInterestValue": text(sum(view.level(one, "oi", at) for one in found)),
            "timestamp": milliseconds(at),
        }

    labels = history(view, request, _perpetual(view, request))
    return [row(at, found) for at in labels if (found := _of_type(view, request, at))]


def _klines(view: View, request: Request) -> Json:
    one, step = _one(view, request), step_of(request, "interval")

    def row(bar: Candle) -> Json:
        volume, taker = bar.turnover_usd / one.contract_size, bar.taker_buy_usd / one.contract_size
        return kline(bar, step, (volume, bar.volume_base, taker, bar.taker_buy_base))

    return [row(bar) for bar in candles(view, request, one, "trade")]


def _mark_klines(view: View, request: Request) -> Json:
    return price_klines(view, request, _one(view, request), "mark")


def _index_klines(view: View, request: Request) -> Json:
    return price_klines(view, request, _perpetual(view, request), "index")


def _premium_index(view: View, request: Request) -> Json:
    names = [_one(view, request)] if request.optional("symbol") else view.trading
    wanted = request.optional("pair")
    return [
        {
            "symbol": one.symbol,
            "pair": pair(one),
            "markPrice": text(view.level(one, "mark", view.now)),
            "indexPrice": text(view.level(one, "index", view.now)),
            "estimatedSettlePrice": text(view.level(one, "index", view.now)),
            "lastFundingRate": text(view.funding_ratio(one)) if one.is_perpetual else "",
            "interestRate": "0.00010000" if one.is_perpetual else "",
            "nextFundingTime": milliseconds(view.next_funding_at(one)) if one.is_perpetual else 0,
            "time": milliseconds(view.now),
        }
        for one in names
        if wanted in (None, pair(one))
    ]


def _funding_rate(view: View, request: Request) -> Json:
    return [
        {
            "symbol": one.symbol,
            "fundingTime": milliseconds(at),
            "fundingRate": text(rate),
            "markPrice": text(view.level(one, "mark", at)),
        }
        for one, at, rate in funding_rates(view, request, [_one(view, request)])
    ]


def _funding_info(_view: View, _request: Request) -> Json:
    """Return the contracts with an unusual funding interval. COIN-M has none."""
    return []


def _ratio(level: Level, noun: str, view: View, request: Request) -> Json:
    one = _perpetual(view, request)

    def row(at: int) -> Json:
        ratio, long, short = shares(view.level(one, level, at))
        named = {"pair": pair(one), "longShortRatio": ratio, f"long{noun}": long, f"short{noun}": short}
        return {**named, "timestamp": milliseconds(at)}

    return [row(at) for at in history(view, request, one)]


def _taker(view: View, request: Request) -> Json:
    """Return taker volume of the perpetual in contracts and in coins, labelled by the start of the bar."""
    one, step = _perpetual(view, request), step_of(request, "period")
    starts = history(view, request, one, lag=step)
    bars = view.candles(one, "trade", step, starts[0], starts[-1]) if starts else []
    return [
        {
            "pair": pair(one),
            "contractType": request.optional("contractType") or "ALL",
            "takerBuyVol": text(bar.taker_buy_usd / one.contract_size),
            "takerSellVol": text((bar.turnover_usd - bar.taker_buy_usd) / one.contract_size),
            "takerBuyVolValue": text(bar.taker_buy_base),
            "takerSellVolValue": text(bar.volume_base - bar.taker_buy_base),
            "timestamp": milliseconds(bar.starts_at),
        }
        for bar in bars
    ]


BINANCE_CM = Api(
    api_id="binance_cm",
    venue="binance",
    lists=list_cm,
    venue_error=venue_error,
    handlers={
        "GET /dapi/v1/ping": ping,
        "GET /dapi/v1/time": server_time,
        "GET /dapi/v1/exchangeInfo": _exchange_info,
        "GET /dapi/v1/openInterest": _open_interest,
        "GET /dapi/v1/klines": _klines,
        "GET /dapi/v1/markPriceKlines": _mark_klines,
        "GET /dapi/v1/indexPriceKlines": _index_klines,
        "GET /dapi/v1/premiumIndex": _premium_index,
        "GET /dapi/v1/fundingRate": _funding_rate,
        "GET /dapi/v1/fundingInfo": _funding_info,
        "GET /futures/data/openInterestHist": _open_interest_history,
        "GET /futures/data/topLongShortPositionRatio": partial(_ratio, "long_positions", "Position"),
        "GET /futures/data/topLongShortAccountRatio": partial(_ratio, "long_accounts", "Account"),
        "GET /futures/data/globalLongShortAccountRatio": partial(_ratio, "long_accounts", "Account"),
        "GET /futures/data/takerBuySellVol": _taker,
    },
    streams=streams(),
)
