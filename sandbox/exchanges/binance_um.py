"""Binance USD-M futures (``/fapi``): quantities in the venue's coins, one-sided.

What belongs here: its paths and fields. What does not: what it shares with COIN-M (binance.py).
"""

from functools import partial

from sandbox.exchanges.api import Api, BadRequestError, Json, Request, listed
from sandbox.exchanges.binance import (
    candles,
    exchange_info,
    funding_rates,
    history,
    kline,
    list_um,
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
from sandbox.exchanges.view import Level, View

# /fapi/v1/fundingInfo lists only contracts with another interval.
_USUAL_FUNDING_SECONDS = 8 * 3600


def _exchange_info(view: View, _request: Request) -> Json:
    return exchange_info(view, ({**symbol_of(view, one), "status": "TRADING"} for one in view.trading))


def _one(view: View, request: Request) -> Listed:
    return listed(view, request.text("symbol"))


def _pair(view: View, request: Request) -> Listed:
    name = request.text("pair")
    found = next((one for one in view.trading if one.is_perpetual and pair(one) == name), None)
    if found is None:
        raise BadRequestError(f"Invalid symbol {name}.")
    return found


def _open_interest(view: View, request: Request) -> Json:
    one = _one(view, request)
    if one not in view.trading:
        raise BadRequestError(f"Invalid symbol {one.symbol}: it is delivered.")
    base = view.level(one, "oi", view.now)
    return {"openInterest": text(base), "symbol": one.symbol, "time": milliseconds(view.now)}


def _open_interest_history(view: View, request: Request) -> Json:
    one = _one(view, request)
    supply = next((supply for supply in view.market.supplies if supply.asset == one.contract.asset), None)

    def row(at: int) -> Json:
        circulating = "" if supply is None else text(view.market.level_at(supply.supply_base, at) / one.coins)
        return {
            "symbol": one.symbol,
            "sumOpenInterest": text(view.level(one, "oi", at)),
            "sumOpenInterestValue": text(view.usd(one, at)),
            "CMCCirculatingSupply": circulating,
            "timestamp": milliseconds(at),
        }

    return [row(at) for at in history(view, request, one)]


def _klines(view: View, request: Request) -> Json:
    step = step_of(request, "interval")
    return [
        kline(bar, step, (bar.volume_base, bar.turnover_usd, bar.taker_buy_base, bar.taker_buy_usd))
        for bar in candles(view, request, _one(view, request), "trade")
    ]


def _mark_klines(view: View, request: Request) -> Json:
    return price_klines(view, request, _one(view, request), "mark")


def _index_klines(view: View, request: Request) -> Json:
    return price_klines(view, request, _pair(view, request), "index")


def _premium_index(view: View, request: Request) -> Json:
    def row(one: Listed) -> Json:
        index = text(view.level(one, "index", view.now))
        return {
            "symbol": one.symbol,
            "markPrice": text(view.level(one, "mark", view.now)),
            "indexPrice": index,
            "estimatedSettlePrice": index,
            "lastFundingRate": text(view.funding_ratio(one)) if one.is_perpetual else "",
            "interestRate": "0.00010000" if one.is_perpetual else "",
            "nextFundingTime": milliseconds(view.next_funding_at(one)) if one.is_perpetual else 0,
            "time": milliseconds(view.now),
        }

    return [row(one) for one in view.trading] if request.optional("symbol") is None else row(_one(view, request))


def _funding_rate(view: View, request: Request) -> Json:
    names = view.trading if request.optional("symbol") is None else [_one(view, request)]
    return [
        {
            "symbol": one.symbol,
            "fundingTime": milliseconds(at),
            "fundingRate": text(rate),
            "markPrice": text(view.level(one, "mark", at)),
            "rateType": "Regular",
        }
        for one, at, rate in funding_rates(view, request, names)
    ]


def _funding_info(view: View, _request: Request) -> Json:
    return [
        {
            "symbol": one.symbol,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": view.funding_seconds(one) // 3600,
            "disclaimer": False,
        }
        for one in view.trading
        if one.is_perpetual and view.funding_seconds(one) != _USUAL_FUNDING_SECONDS
    ]


def _ratio(level: Level, view: View, request: Request) -> Json:
    one = _one(view, request)

    def row(at: int) -> Json:
        ratio, long, short = shares(view.level(one, level, at))
        return {
            "symbol": one.symbol,
            "longShortRatio": ratio,
            "longAccount": long,
            "shortAccount": short,
            "timestamp": milliseconds(at),
        }

    return [row(at) for at in history(view, request, one)]


def _taker(view: View, request: Request) -> Json:
    """Return taker volume, labelled by the start of its bar; the other ratios are labelled by the end."""
    one, step = _one(view, request), step_of(request, "period")
    starts = history(view, request, one, lag=step)
    bars = view.candles(one, "trade", step, starts[0], starts[-1]) if starts else []
    return [
        {
            "buySellRatio": text(bar.taker_buy_base / (bar.volume_base - bar.taker_buy_base)),
            "buyVol": text(bar.taker_buy_base),
            "sellVol": text(bar.volume_base - bar.taker_buy_base),
            "timestamp": milliseconds(bar.starts_at),
        }
        for bar in bars
    ]


BINANCE_UM = Api(
    api_id="binance_um",
    venue="binance",
    lists=list_um,
    venue_error=venue_error,
    handlers={
        "GET /fapi/v1/ping": ping,
        "GET /fapi/v1/time": server_time,
        "GET /fapi/v1/exchangeInfo": _exchange_info,
        "GET /fapi/v1/openInterest": _open_interest,
        "GET /fapi/v1/klines": _klines,
        "GET /fapi/v1/markPriceKlines": _mark_klines,
        "GET /fapi/v1/indexPriceKlines": _index_klines,
        "GET /fapi/v1/premiumIndex": _premium_index,
        "GET /fapi/v1/fundingRate": _funding_rate,
        "GET /fapi/v1/fundingInfo": _funding_info,
        "GET /futures/data/openInterestHist": _open_interest_history,
        "GET /futures/data/topLongShortPositionRatio": partial(_ratio, "long_positions"),
        "GET /futures/data/topLongShortAccountRatio": partial(_ratio, "long_accounts"),
        "GET /futures/data/globalLongShortAccountRatio": partial(_ratio, "long_accounts"),
        "GET /futures/data/takerlongshortRatio": _taker,
    },
    streams=streams(),
)
