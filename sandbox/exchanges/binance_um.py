"""Binance USD-M futures (``/fapi``): quantities in the venue's coins, one-sided.

What belongs here: its paths and fields. What does not: what COIN-M has too (binance.py).
"""

from functools import partial

from sandbox.exchanges.api import Api, BadRequestError, Json, Question, listed
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
    refusal,
    server_time,
    shares,
    step_of,
    streams,
    symbol_of,
)
from sandbox.exchanges.listed import Listed, milliseconds, text
from sandbox.exchanges.view import Level, View

# The interval of which /fapi/v1/fundingInfo says nothing.
_USUAL_FUNDING_SECONDS = 8 * 3600


def _exchange_info(view: View, _question: Question) -> Json:
    return exchange_info(view, ({**symbol_of(view, one), "status": "TRADING"} for one in view.trading))


def _one(view: View, question: Question) -> Listed:
    return listed(view, question.text("symbol"))


def _pair(view: View, question: Question) -> Listed:
    name = question.text("pair")
    found = next((one for one in view.trading if one.is_perpetual and pair(one) == name), None)
    if found is None:
        raise BadRequestError(f"Invalid symbol {name}.")
    return found


def _open_interest(view: View, question: Question) -> Json:
    one = _one(view, question)
    if one not in view.trading:
        raise BadRequestError(f"Invalid symbol {one.symbol}: it is delivered.")
    base = view.level(one, "oi", view.now)
    return {"openInterest": text(base), "symbol": one.symbol, "time": milliseconds(view.now)}


def _open_interest_history(view: View, question: Question) -> Json:
    one = _one(view, question)
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

    return [row(at) for at in history(view, question, one)]


def _klines(view: View, question: Question) -> Json:
    step = step_of(question, "interval")
    return [
        kline(bar, step, (bar.volume_base, bar.turnover_usd, bar.taker_buy_base, bar.taker_buy_usd))
        for bar in candles(view, question, _one(view, question), "trade")
    ]


def _mark_klines(view: View, question: Question) -> Json:
    return price_klines(view, question, _one(view, question), "mark")


def _index_klines(view: View, question: Question) -> Json:
    return price_klines(view, question, _pair(view, question), "index")


def _premium_index(view: View, question: Question) -> Json:
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

    return [row(one) for one in view.trading] if question.optional("symbol") is None else row(_one(view, question))


def _funding_rate(view: View, question: Question) -> Json:
    names = view.trading if question.optional("symbol") is None else [_one(view, question)]
    return [
        {
            "symbol": one.symbol,
            "fundingTime": milliseconds(at),
            "fundingRate": text(rate),
            "markPrice": text(view.level(one, "mark", at)),
            "rateType": "Regular",
        }
        for one, at, rate in funding_rates(view, question, names)
    ]


def _funding_info(view: View, _question: Question) -> Json:
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


def _ratio(level: Level, view: View, question: Question) -> Json:
    one = _one(view, question)

    def row(at: int) -> Json:
        ratio, long, short = shares(view.level(one, level, at))
        return {
            "symbol": one.symbol,
            "longShortRatio": ratio,
            "longAccount": long,
            "shortAccount": short,
            "timestamp": milliseconds(at),
        }

    return [row(at) for at in history(view, question, one)]


def _taker(view: View, question: Question) -> Json:
    """Return taker volume by the start of its bar, which the other ratios are not labelled by."""
    one, step = _one(view, question), step_of(question, "period")
    starts = history(view, question, one, lag=step)
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
    refusal=refusal,
    answers={
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
