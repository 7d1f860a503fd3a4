"""OKX v5: quantities in contracts, statistics labelled by the start of their bar, pages by ``before`` and ``after``.

What belongs here: its names, paths and fields. What does not: reading the market (view.py).
"""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Literal, TypeVar

from sandbox.exchanges.api import Api, BadRequestError, Json, Reply, Request, Stream, VenueError, listed
from sandbox.exchanges.listed import Listed, expiry_date, milliseconds, text
from sandbox.exchanges.view import Candle, Level, Price, View
from sandbox.market.latent_market import Contract, Liquidation

_COINS_A_CONTRACT = {"BTC": 0.01, "ETH": 0.1, "BNB": 0.01, "SOL": 1.0, "PEPE": 10_000_000.0}
_STEPS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1H": 3600, "2H": 7200, "4H": 14400, "6H": 21600,
    "12H": 43200, "1D": 86400, "6Hutc": 21600, "12Hutc": 43200, "1Dutc": 86400,
}  # fmt: skip
# Bars of six hours and more follow Hong Kong time, unless their name ends with utc.
_FIRST_LOCAL_STEP = 21600
_HONG_KONG_SECONDS = 8 * 3600
_BARS_KEPT = 1440
_FUNDING_KEPT = timedelta(days=92)
_LIQUIDATIONS_KEPT = timedelta(days=7)
# ``fundingRate`` of the history is the last estimate before the settlement; it differs from ``realizedRate``.
_EXPECTED_OF_SETTLED = 0.9

_Row = TypeVar("_Row")


def _venue_error(message: str) -> VenueError:
    if message.startswith("Invalid symbol"):
        return VenueError(200, {"code": "51001", "msg": "Instrument ID does not exist", "data": []})
    return VenueError(400, {"code": "50014", "msg": message, "data": []})


def _list(contract: Contract) -> Listed:
    is_linear = contract.settlement == "linear"
    quote = "USDT" if is_linear else "USD"
    suffix = "SWAP" if contract.expires_at is None else expiry_date(contract, "%y%m%d")
    usd = 100.0 if contract.asset == "BTC" else 10.0
    size = _COINS_A_CONTRACT.get(contract.asset, 1.0) if is_linear else usd
    return Listed(f"{contract.asset}-{quote}-{suffix}", contract.asset, quote, contract, contract_size=size)


def _family(one: Listed) -> str:
    return f"{one.base}-{one.quote}"


def _type(one: Listed) -> str:
    return "SWAP" if one.is_perpetual else "FUTURES"


def _response(rows: Iterable[Json]) -> Json:
    return {"code": "0", "msg": "", "data": list(rows)}


def _one(view: View, request: Request) -> Listed:
    return listed(view, request.text("instId"))


def _index(view: View, request: Request) -> Listed:
    """Return a contract on the requested index."""
    name = request.text("instId")
    found = next((one for one in view.trading if one.is_perpetual and _family(one) == name), None)
    if found is None:
        raise BadRequestError(f"Invalid symbol {name}.")
    return found


def _asked(view: View, request: Request) -> list[Listed]:
    """Return the trading contracts of the requested type, family and symbol."""
    kind, name = request.text("instType"), request.optional("instId")
    family = request.optional("instFamily") or request.optional("uly")
    return [
        one
        for one in view.trading
        if _type(one) == kind and name in (None, one.symbol) and family in (None, _family(one))
    ]


def _time(view: View, _request: Request) -> Json:
    return _response([{"ts": str(milliseconds(view.now))}])


def _instruments(view: View, request: Request) -> Json:
    return _response(_instrument(one) for one in _asked(view, request))


def _instrument(one: Listed) -> Json:
    expires_at = one.contract.expires_at
    return {
        "alias": "" if one.is_perpetual else "quarter",
        "baseCcy": "",
        "category": "1",
        "ctMult": "1",
        "ctType": one.contract.settlement,
        "ctVal": text(one.contract_size),
        "ctValCcy": one.base if one.is_linear else "USD",
        "expTime": "" if expires_at is None else str(milliseconds(expires_at)),
        "instFamily": _family(one),
        "instId": one.symbol,
        "instType": _type(one),
        "lever": "100",
        "listTime": str(milliseconds(one.contract.listed_at)),
        "lotSz": "0.01",
        "maxLmtSz": "100000000",
        "maxMktSz": "100000000",
        "minSz": "0.01",
        "optType": "",
        "quoteCcy": "",
        "ruleType": "normal",
        "settleCcy": one.settle,
        "state": "live",
        "stk": "",
        "tickSz": "0.00000001",
        "uly": _family(one),
    }


def _open_interest(view: View, request: Request) -> Json:
    return _response(
        {
            "instId": one.symbol,
            "instType": _type(one),
            "oi": text(view.contracts(one, view.now)),
            "oiCcy": text(view.level(one, "oi", view.now)),
            "oiUsd": text(view.usd(one, view.now)),
            "ts": str(milliseconds(view.now)),
        }
        for one in _asked(view, request)
    )


def _mark_price(view: View, request: Request) -> Json:
    return _response(
        {
            "instType": _type(one),
            "instId": one.symbol,
            "markPx": text(view.level(one, "mark", view.now)),
            "ts": str(milliseconds(view.now)),
        }
        for one in _asked(view, request)
    )


def _index_tickers(view: View, request: Request) -> Json:
    quote, name = request.optional("quoteCcy"), request.optional("instId")
    indexes = {
        _family(one): one
        for one in view.trading
        if one.is_perpetual and quote in (None, one.quote) and name in (None, _family(one))
    }
    return _response(
        {"instId": family, "idxPx": text(view.level(one, "index", view.now)), "ts": str(milliseconds(view.now))}
        for family, one in indexes.items()
    )


def _tickers(view: View, request: Request) -> Json:
    return _response(_ticker(view, one) for one in _asked(view, request))


def _ticker(view: View, one: Listed) -> Json:
    day = view.day(one)
    return {
        "instType": _type(one),
        "instId": one.symbol,
        "last": text(day.close),
        "lastSz": "1",
        "askPx": text(day.close),
        "askSz": "1",
        "bidPx": text(day.close),
        "bidSz": "1",
        "open24h": text(day.open),
        "high24h": text(day.high),
        "low24h": text(day.low),
        "volCcy24h": text(day.volume_base),
        "vol24h": text(_traded(one, day)[0]),
        "ts": str(milliseconds(view.now)),
    }


def _step(request: Request, name: Literal["bar", "period"]) -> tuple[int, int]:
    """Return the length of a bar and the start of its grid after midnight UTC, both in seconds."""
    label = request.text(name, "1m" if name == "bar" else "5m")
    if label not in _STEPS:
        raise BadRequestError(f"Parameter {name} error")
    step = _STEPS[label]
    is_local = step >= _FIRST_LOCAL_STEP and not label.endswith("utc")
    return step, -_HONG_KONG_SECONDS % step if is_local else 0


def _statistics(values: Callable[[View, Listed, int, int], list[float]], view: View, request: Request) -> Json:
    """Return a page of statistics: the values at the end of each bar, labelled by the start of the bar."""
    one = _one(view, request)
    step, offset = _step(request, "period")
    since, until = request.seconds("begin", 0), request.seconds("end", view.now)
    kept = timedelta(seconds=_BARS_KEPT * step)
    labels = view.labels(one, step, since, until, kept=kept, lag=step, offset=offset)
    count = request.limit("limit", default=100, most=100)
    found = ((at, values(view, one, at, step)) for at in reversed(labels[-count:]))
    return _response([str(milliseconds(at)), *map(text, numbers)] for at, numbers in found if numbers)


def _oi_values(view: View, one: Listed, at: int, step: int) -> list[float]:
    ends_at = at + step
    return [view.contracts(one, ends_at), view.level(one, "oi", ends_at), view.usd(one, ends_at)]


def _ratio_values(level: Level, view: View, one: Listed, at: int, step: int) -> list[float]:
    long = view.level(one, level, at + step)
    return [long / (1 - long)]


def _taker_volume(view: View, request: Request) -> Json:
    """Return taker sells and buys of each bar: in coins (unit 0), in contracts (1, the default) or in USD (2)."""
    unit = request.integer("unit", 1)

    def values(view: View, one: Listed, at: int, step: int) -> list[float]:
        bars = view.candles(one, "trade", step, at, at)
        if not bars:
            # The bar began in an outage, so the venue has no volume for it.
            return []
        (bar,) = bars
        total, bought = (bar.volume_base, bar.taker_buy_base) if unit == 0 else (bar.turnover_usd, bar.taker_buy_usd)
        if unit == 1:
            total, bought = _traded(one, bar)
        return [total - bought, bought]

    return _statistics(values, view, request)


def _traded(one: Listed, bar: Candle) -> tuple[float, float]:
    """Return volume and taker buys of a bar in contracts."""
    of_coins, of_usd = (bar.volume_base, bar.taker_buy_base), (bar.turnover_usd, bar.taker_buy_usd)
    volume, bought = of_coins if one.is_linear else of_usd
    return volume / one.contract_size, bought / one.contract_size


def _between(view: View, request: Request) -> tuple[float, float]:
    """Return the first and the last instant of a page. The page excludes ``before`` and ``after`` themselves."""
    return request.seconds("before", -1) + 1e-3, request.seconds("after", view.now + 1) - 1e-3


def _newest(rows: list[_Row], request: Request, most: int) -> list[_Row]:
    count = request.limit("limit", default=100, most=most)
    return rows[-count:][::-1]


def _candles(price: Price, most: int, bars_kept: int | None, view: View, request: Request) -> Json:
    one = _index(view, request) if price == "index" else _one(view, request)
    step, offset = _step(request, "bar")
    since, until = _between(view, request)
    kept = None if bars_kept is None else timedelta(seconds=bars_kept * step)
    floor = min(until, view.now) - (most + 1) * step
    bars = view.candles(one, price, step, max(since, floor), until, kept=kept, offset=offset)

    def row(bar: Candle) -> list[str]:
        prices = [str(milliseconds(bar.starts_at)), *map(text, (bar.open, bar.high, bar.low, bar.close))]
        flows = map(text, (_traded(one, bar)[0], bar.volume_base, bar.turnover_usd)) if price == "trade" else ()
        return [*prices, *flows, "1" if bar.ends_at - bar.starts_at >= step else "0"]

    return _response(row(bar) for bar in _newest(bars, request, most))


def _funding_rate(view: View, request: Request) -> Json:
    asked = request.text("instId")
    names = [one for one in view.trading if one.is_perpetual] if asked == "ANY" else [_one(view, request)]
    return _response(_funding_of(view, one) for one in names if one.is_perpetual)


def _funding_of(view: View, one: Listed) -> Json:
    next_at, interval = view.next_funding_at(one), view.funding_seconds(one)
    rate = text(view.funding_ratio(one))
    return {
        "formulaType": "withRate",
        "fundingRate": rate,
        "fundingTime": str(milliseconds(next_at)),
        "instId": one.symbol,
        "instType": "SWAP",
        "interestRate": "0.0001",
        "maxFundingRate": "0.015",
        "method": "current_period",
        "minFundingRate": "-0.015",
        "nextFundingRate": "",
        "nextFundingTime": str(milliseconds(next_at + interval)),
        "premium": text(view.level(one, "mark", view.now) / view.level(one, "index", view.now) - 1),
        "prevFundingTime": str(milliseconds(next_at - interval)),
        "settFundingRate": rate,
        "settState": "settled",
        "ts": str(milliseconds(view.now)),
    }


def _funding_history(view: View, request: Request) -> Json:
    one = _one(view, request)
    settled = view.settlements(one, *_between(view, request), kept=_FUNDING_KEPT)
    return _response(
        {
            "formulaType": "withRate",
            "fundingRate": text(rate * _EXPECTED_OF_SETTLED),
            "fundingTime": str(milliseconds(at)),
            "instId": one.symbol,
            "instType": "SWAP",
            "method": "current_period",
            "realizedRate": text(rate),
        }
        for at, rate in _newest(settled, request, 400)
    )


def _liquidation_orders(view: View, request: Request) -> Json:
    since, until = _between(view, request)
    since = max(since, view.oldest(_LIQUIDATIONS_KEPT))
    found = [(one, closed) for one in _asked(view, request) for closed in view.liquidations(one, since, until)]
    page = _newest(sorted(found, key=lambda row: row[1].at), request, 100)
    names = dict.fromkeys(one for one, _ in page)
    return _response(_orders(one, [closed for other, closed in page if other == one]) for one in names)


def _orders(one: Listed, closed: Iterable[Liquidation]) -> Json:
    """Return forced closes of a contract, with both sides (closing order, position) and the bankruptcy price."""

    def detail(one_closed: Liquidation) -> Json:
        size = one.contracts(one_closed.quantity_base, one_closed.bankruptcy_price_usd)
        return {
            "bkLoss": "0",
            "bkPx": text(one_closed.bankruptcy_price_usd),
            "ccy": "",
            "posSide": one_closed.position_side,
            "side": "sell" if one_closed.position_side == "long" else "buy",
            "sz": text(size),
            "time": str(milliseconds(one_closed.at)),
            "ts": str(milliseconds(one_closed.at)),
        }

    return {
        "details": [detail(one_closed) for one_closed in closed],
        "instFamily": _family(one),
        "instId": one.symbol,
        "instType": _type(one),
        "totalLoss": "0",
        "uly": _family(one),
    }


def _replied(message: str, _now: float) -> Reply:
    if message == "ping":
        return Reply(("pong",))
    arguments = json.loads(message)["args"]
    texts = tuple(json.dumps({"event": "subscribe", "arg": one, "connId": "sandbox"}) for one in arguments)
    return Reply(texts, frozenset(f"{one['channel']}/{one.get('instType')}" for one in arguments))


def _liquidated(contract: Contract, closed: Liquidation) -> tuple[frozenset[str], Json]:
    one = _list(contract)
    argument = {"channel": "liquidation-orders", "instType": _type(one)}
    return frozenset({f"liquidation-orders/{_type(one)}"}), {"arg": argument, "data": [_orders(one, [closed])]}


_RUBIK = "GET /api/v5/rubik/stat/contracts"
_MARKET = "GET /api/v5/market"
OKX = Api(
    api_id="okx",
    venue="okx",
    lists=_list,
    venue_error=_venue_error,
    handlers={
        "GET /api/v5/public/time": _time,
        "GET /api/v5/public/instruments": _instruments,
        "GET /api/v5/public/open-interest": _open_interest,
        "GET /api/v5/public/mark-price": _mark_price,
        "GET /api/v5/public/funding-rate": _funding_rate,
        "GET /api/v5/public/funding-rate-history": _funding_history,
        "GET /api/v5/public/liquidation-orders": _liquidation_orders,
        f"{_MARKET}/tickers": _tickers,
        f"{_MARKET}/index-tickers": _index_tickers,
        f"{_MARKET}/candles": partial(_candles, "trade", 300, _BARS_KEPT),
        f"{_MARKET}/history-candles": partial(_candles, "trade", 100, None),
        f"{_MARKET}/mark-price-candles": partial(_candles, "mark", 100, _BARS_KEPT),
        f"{_MARKET}/history-mark-price-candles": partial(_candles, "mark", 100, None),
        f"{_MARKET}/index-candles": partial(_candles, "index", 100, _BARS_KEPT),
        f"{_MARKET}/history-index-candles": partial(_candles, "index", 100, None),
        f"{_RUBIK}/open-interest-history": partial(_statistics, _oi_values),
        f"{_RUBIK}/long-short-account-ratio-contract": partial(_statistics, partial(_ratio_values, "long_accounts")),
        f"{_RUBIK}/long-short-account-ratio-contract-top-trader": partial(
            _statistics, partial(_ratio_values, "long_accounts")
        ),
        f"{_RUBIK}/long-short-position-ratio-contract-top-trader": partial(
            _statistics, partial(_ratio_values, "long_positions")
        ),
        "GET /api/v5/rubik/stat/taker-volume-contract": _taker_volume,
    },
    streams=(Stream("/ws/v5/public", lambda _request: frozenset(), _replied, _liquidated),),
)
