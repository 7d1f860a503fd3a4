"""Binance COIN-M futures (``/dapi``): quantities in contracts of 100 or 10 USD, values in coins.

What belongs here: its paths and fields. What does not: what USD-M has too (binance.py).
"""

from functools import partial

from sandbox.exchanges.api import Api, BadRequestError, Json, Question, listed
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
    refusal,
    server_time,
    shares,
    step_of,
    streams,
    symbol_of,
)
from sandbox.exchanges.listed import Listed, milliseconds, text
from sandbox.exchanges.view import Candle, Level, View


def _exchange_info(view: View, _question: Question) -> Json:
    return exchange_info(
        view,
        (
            {**symbol_of(view, one), "contractStatus": "TRADING", "contractSize": int(one.contract_size)}
            for one in view.trading
        ),
    )


def _one(view: View, question: Question) -> Listed:
    return listed(view, question.text("symbol"))


def _of_pair(view: View, question: Question) -> list[Listed]:
    name = question.text("pair")
    found = [one for one in view.listed if pair(one) == name]
    if not found:
        raise BadRequestError(f"Invalid symbol {name}.")
    return found


def _perpetual(view: View, question: Question) -> Listed:
    return next(one for one in _of_pair(view, question) if one.is_perpetual)


def _open_interest(view: View, question: Question) -> Json:
    one = _one(view, question)
    return {
        "symbol": one.symbol,
        "pair": pair(one),
        "openInterest": text(view.contracts(one, view.now)),
        "contractType": contract_type(view, one, view.now),
        "time": milliseconds(view.now),
    }


def _of_type(view: View, question: Question, at: float) -> list[Listed]:
    """Return the contracts of a pair that are of the asked type at an instant; of all types where none is asked."""
    asked = question.optional("contractType") or "ALL"
    return [
        one
        for one in _of_pair(view, question)
        if one.contract.listed_at <= at < (one.contract.expires_at or float("inf"))
        and asked in ("ALL", contract_type(view, one, at))
    ]


def _open_interest_history(view: View, question: Question) -> Json:
    name, asked = question.text("pair"), question.optional("contractType") or "ALL"

    def row(at: int, found: list[Listed]) -> Json:
        return {
            "pair": name,
            "contractType": asked,
            "sumOpenInterest": text(sum(view.contracts(one, at) for one in found)),
            "sumOpenInterestValue": text(sum(view.level(one, "oi", at) for one in found)),
            "timestamp": milliseconds(at),
        }

    labels = history(view, question, _perpetual(view, question))
    return [row(at, found) for at in labels if (found := _of_type(view, question, at))]


def _klines(view: View, question: Question) -> Json:
    one, step = _one(view, question), step_of(question, "interval")

    def row(bar: Candle) -> Json:
        volume, taker = bar.turnover_usd / one.contract_size, bar.taker_buy_usd / one.contract_size
        return kline(bar, step, (volume, bar.volume_base, taker, bar.taker_buy_base))

    return [row(bar) for bar in candles(view, question, one, "trade")]


def _mark_klines(view: View, question: Question) -> Json:
    return price_klines(view, question, _one(view, question), "mark")


def _index_klines(view: View, question: Question) -> Json:
    return price_klines(view, question, _perpetual(view, question), "index")


def _premium_index(view: View, question: Question) -> Json:
    names = [_one(view, question)] if question.optional("symbol") else view.trading
    wanted = question.optional("pair")
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


def _funding_rate(view: View, question: Question) -> Json:
    return [
        {
            "symbol": one.symbol,
            "fundingTime": milliseconds(at),
            "fundingRate": text(rate),
            "markPrice": text(view.level(one, "mark", at)),
        }
        for one, at, rate in funding_rates(view, question, [_one(view, question)])
    ]


def _funding_info(_view: View, _question: Question) -> Json:
    """Return the contracts with an interval of their own: there are none."""
    return []


def _ratio(level: Level, noun: str, view: View, question: Question) -> Json:
    one = _perpetual(view, question)

    def row(at: int) -> Json:
        ratio, long, short = shares(view.level(one, level, at))
        named = {"pair": pair(one), "longShortRatio": ratio, f"long{noun}": long, f"short{noun}": short}
        return {**named, "timestamp": milliseconds(at)}

    return [row(at) for at in history(view, question, one)]


def _taker(view: View, question: Question) -> Json:
    """Return taker volume of the perpetual by the start of its bar, in contracts and in coins."""
    one, step = _perpetual(view, question), step_of(question, "period")
    starts = history(view, question, one, lag=step)
    bars = view.candles(one, "trade", step, starts[0], starts[-1]) if starts else []
    return [
        {
            "pair": pair(one),
            "contractType": question.optional("contractType") or "ALL",
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
    refusal=refusal,
    answers={
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
