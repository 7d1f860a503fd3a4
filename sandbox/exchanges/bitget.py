"""Bitget: v2, and v3 for newer endpoints. It has no history of open interest; liquidations are in quote coins.

What belongs here: its names, paths and fields. What does not: reading the market (view.py).
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sandbox.exchanges.api import Api, BadRequestError, Json, Reply, Request, Stream, VenueError, listed
from sandbox.exchanges.listed import Listed, milliseconds, text
from sandbox.exchanges.view import Candle, Level, Price, View
from sandbox.market.latent_market import Contract, Liquidation

_STEPS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1H": 3600, "2H": 7200, "4H": 14400, "6H": 21600,
    "12H": 43200, "1D": 86400, "6Hutc": 21600, "12Hutc": 43200, "1Dutc": 86400,
}  # fmt: skip
# Bars of six hours and more follow Hong Kong time, unless their name ends with utc.
_FIRST_LOCAL_STEP = 21600
_HONG_KONG_SECONDS = 8 * 3600
_RATIO_ROWS = 500
_RATIOS_KEPT = timedelta(days=30)
_CANDLES_KEPT = timedelta(days=90)
_LIQUIDATIONS_KEPT = timedelta(days=3)
_KINDS: dict[str, Price] = {"MARKET": "trade", "MARK": "mark", "INDEX": "index"}


def _venue_error(message: str) -> VenueError:
    return VenueError(400, {"code": "40034", "msg": f"Parameter error: {message}", "requestTime": 0, "data": None})


def _list(contract: Contract) -> Listed | None:
    if contract.market_type == "dated":
        return None
    quote = "USDT" if contract.settlement == "linear" else "USD"
    return Listed(contract.asset + quote, contract.asset, quote, contract)


def _product(one: Listed) -> str:
    return "USDT-FUTURES" if one.is_linear else "COIN-FUTURES"


def _response(view: View, data: Json) -> Json:
    return {"code": "00000", "msg": "success", "requestTime": milliseconds(view.now), "data": data}


def _of_product(view: View, request: Request, name: str) -> list[Listed]:
    product, symbol = request.text(name).upper(), request.optional("symbol")
    return [one for one in view.trading if _product(one) == product and symbol in (None, one.symbol)]


def _one(view: View, request: Request) -> Listed:
    return listed(view, request.text("symbol"))


def _time(view: View, _request: Request) -> Json:
    return _response(view, {"serverTime": str(milliseconds(view.now))})


def _no_coins(view: View, _request: Request) -> Json:
    return _response(view, [])


def _contracts(view: View, request: Request) -> Json:
    return _response(view, [_contract(view, one) for one in _of_product(view, request, "productType")])


def _contract(view: View, one: Listed) -> Json:
    return {
        "symbol": one.symbol,
        "baseCoin": one.base,
        "quoteCoin": one.quote,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "supportMarginCoins": [one.settle],
        "minTradeNum": "0.001",
        "priceEndStep": "1",
        "volumePlace": "3",
        "pricePlace": "8",
        "sizeMultiplier": "0.001",
        "symbolType": "perpetual",
        "minTradeUSDT": "5",
        "symbolStatus": "normal",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "deliveryPeriod": "",
        "launchTime": str(milliseconds(one.contract.listed_at)),
        "fundInterval": str(view.funding_seconds(one) // 3600),
        "minLever": "1",
        "maxLever": "125",
        "maintainTime": "",
    }


def _instruments(view: View, request: Request) -> Json:
    return _response(view, [_instrument(view, one) for one in _of_product(view, request, "category")])


def _instrument(view: View, one: Listed) -> Json:
    return {
        "symbol": one.symbol,
        "category": _product(one),
        "baseCoin": one.base,
        "quoteCoin": one.quote,
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "minOrderQty": "0.001",
        "maxOrderQty": "",
        "pricePrecision": "8",
        "quantityPrecision": "3",
        "priceMultiplier": "0.00000001",
        "quantityMultiplier": "0.001",
        "type": "perpetual",
        "minOrderAmount": "5",
        "status": "online",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "launchTime": str(milliseconds(one.contract.listed_at)),
        "fundInterval": str(view.funding_seconds(one) // 3600),
        "minLeverage": "1",
        "maxLeverage": "125",
    }


def _tickers(view: View, request: Request) -> Json:
    return _response(view, [_ticker(view, one) for one in _of_product(view, request, "productType")])


def _ticker(view: View, one: Listed) -> Json:
    day = view.day(one)
    return {
        "symbol": one.symbol,
        "lastPr": text(day.close),
        "askPr": text(day.close),
        "bidPr": text(day.close),
        "bidSz": "1",
        "askSz": "1",
        "high24h": text(day.high),
        "low24h": text(day.low),
        "ts": str(milliseconds(view.now)),
        "change24h": text(day.close / day.open - 1),
        "baseVolume": text(day.volume_base),
        "quoteVolume": text(day.turnover_usd),
        "usdtVolume": text(day.turnover_usd),
        "openUtc": text(day.open),
        "changeUtc24h": text(day.close / day.open - 1),
        "indexPrice": text(view.level(one, "index", view.now)),
        "fundingRate": text(view.funding_ratio(one)),
        "holdingAmount": text(view.level(one, "oi", view.now)),
        "deliveryStartTime": None,
        "deliveryTime": None,
        "deliveryStatus": "",
        "open24h": text(day.open),
        "markPrice": text(view.level(one, "mark", view.now)),
    }


def _tickers_v3(view: View, request: Request) -> Json:
    return _response(view, [_ticker_v3(view, one) for one in _of_product(view, request, "category")])


def _ticker_v3(view: View, one: Listed) -> Json:
    day = view.day(one)
    return {
        "category": _product(one),
        "symbol": one.symbol,
        "ts": str(milliseconds(view.now)),
        "lastPrice": text(day.close),
        "openPrice24h": text(day.open),
        "highPrice24h": text(day.high),
        "lowPrice24h": text(day.low),
        "ask1Price": text(day.close),
        "bid1Price": text(day.close),
        "bid1Size": "1",
        "ask1Size": "1",
        "price24hPcnt": text(day.close / day.open - 1),
        "volume24h": text(day.volume_base),
        "turnover24h": text(day.turnover_usd),
        "indexPrice": text(view.level(one, "index", view.now)),
        "markPrice": text(view.level(one, "mark", view.now)),
        "fundingRate": text(view.funding_ratio(one)),
        "openInterest": text(view.level(one, "oi", view.now)),
        "deliveryStartTime": "",
        "deliveryTime": "",
        "deliveryStatus": "",
    }


def _open_interest(view: View, request: Request) -> Json:
    one = _one(view, request)
    row = {"symbol": one.symbol, "size": text(view.level(one, "oi", view.now))}
    return _response(view, {"openInterestList": [row], "ts": str(milliseconds(view.now))})


def _open_interest_v3(view: View, request: Request) -> Json:
    rows = [
        {"symbol": one.symbol, "openInterest": text(view.level(one, "oi", view.now))}
        for one in _of_product(view, request, "category")
    ]
    return _response(view, {"list": rows, "ts": str(milliseconds(view.now))})


def _prices(view: View, request: Request) -> Json:
    one = _one(view, request)
    row = {
        "price": text(view.level(one, "trade", view.now)),
        "indexPrice": text(view.level(one, "index", view.now)),
        "markPrice": text(view.level(one, "mark", view.now)),
    }
    return _response(view, [{"symbol": one.symbol, **row, "ts": str(milliseconds(view.now))}])


def _funding_now(view: View, request: Request) -> Json:
    def row(one: Listed) -> Json:
        return {
            "symbol": one.symbol,
            "fundingRate": text(view.funding_ratio(one)),
            "fundingRateInterval": str(view.funding_seconds(one) // 3600),
            "nextUpdate": str(milliseconds(view.next_funding_at(one))),
            "minFundingRate": "-0.003",
            "maxFundingRate": "0.003",
        }

    return _response(view, [row(one) for one in _of_product(view, request, "productType")])


def _funding_history(view: View, request: Request) -> Json:
    one = _one(view, request)
    size = request.limit("pageSize", default=20, most=100)
    skipped = (request.integer("pageNo", 1) - 1) * size
    settled = view.settlements(one, 0, view.now)[::-1][skipped : skipped + size]
    return _response(
        view,
        [
            {"symbol": one.symbol, "fundingRate": text(rate), "fundingTime": str(milliseconds(at))}
            for at, rate in settled
        ],
    )


def _step(request: Request, name: str, default: str | None = None) -> int:
    label = request.text(name, default)
    if label not in _STEPS:
        raise BadRequestError(f"{name} {label}")
    return _STEPS[label]


def _candles(price: Price | None, most: int, kept: timedelta | None, view: View, request: Request) -> Json:
    """Return the newest bars that begin before ``endTime``, oldest first."""
    one, step = _one(view, request), _step(request, "granularity")
    is_local = step >= _FIRST_LOCAL_STEP and not request.text("granularity").endswith("utc")
    count = request.limit("limit", default=100, most=most)
    until = request.seconds("endTime", view.now + 1) - 1e-3
    since = max(request.seconds("startTime", 0), min(until, view.now) - (count + 1) * step)
    kind = price or _KINDS[request.text("kLineType", "MARKET").upper()]
    offset = -_HONG_KONG_SECONDS % step if is_local else 0
    bars = view.candles(one, kind, step, since, until, kept=kept, offset=offset)
    return _response(view, [_row(bar, kind) for bar in bars[-count:]])


def _row(bar: Candle, price: Price) -> list[str]:
    flows = (bar.volume_base, bar.turnover_usd) if price == "trade" else (0.0, 0.0)
    return [str(milliseconds(bar.starts_at)), *map(text, (bar.open, bar.high, bar.low, bar.close, *flows))]


def _long_short(level: Level, noun: str, view: View, request: Request) -> Json:
    """Return the newest 500 shares and their ratio, oldest first. The venue has no paging here."""
    one, step = _one(view, request), _step(request, "period", "5m")
    labels = view.labels(one, step, 0, view.now, kept=_RATIOS_KEPT)[-_RATIO_ROWS:]

    def row(at: int) -> Json:
        long = view.level(one, level, at)
        return {
            f"long{noun}Ratio": text(long),
            f"short{noun}Ratio": text(1 - long),
            f"longShort{noun}Ratio": text(long / (1 - long)),
            "ts": str(milliseconds(at)),
        }

    return _response(view, [row(at) for at in labels])


def _liquidations(view: View, request: Request) -> Json:
    names = _of_product(view, request, "category")
    since = view.oldest(_LIQUIDATIONS_KEPT)
    found = [(one, closed) for one in names for closed in view.liquidations(one, since, view.now)]
    found.sort(key=lambda row: row[1].at, reverse=True)
    count, skipped = request.limit("limit", default=100, most=100), request.integer("cursor", 0)
    page = found[skipped : skipped + count]
    cursor = str(skipped + count) if skipped + count < len(found) else ""
    return _response(view, {"list": [_liquidation(one, closed) for one, closed in page], "cursor": cursor})


def _liquidation(one: Listed, closed: Liquidation) -> Json:
    """Return a forced close: ``side`` is that of the position, ``amount`` is in the quote coin."""
    return {
        "symbol": one.symbol,
        "side": "buy" if closed.position_side == "long" else "sell",
        "price": text(closed.bankruptcy_price_usd),
        "amount": text(closed.quantity_base * closed.bankruptcy_price_usd),
        "ts": str(milliseconds(closed.at)),
    }


def _replied(message: str, _now: float) -> Reply:
    if message == "ping":
        return Reply(("pong",))
    arguments: Iterable[Json] = json.loads(message)["args"]
    texts = tuple(json.dumps({"event": "subscribe", "arg": one}) for one in arguments)
    return Reply(texts, frozenset(f"{one['topic']}/{one['instType'].lower()}" for one in arguments))


def _liquidated(contract: Contract, closed: Liquidation) -> tuple[frozenset[str], Json] | None:
    one = _list(contract)
    if one is None:
        return None
    kind = _product(one).lower()
    argument = {"instType": kind, "topic": "liquidation"}
    message = {"action": "update", "arg": argument, "data": [_liquidation(one, closed)], "ts": milliseconds(closed.at)}
    return frozenset({f"liquidation/{kind}"}), message


_MIX = "GET /api/v2/mix/market"
_UTA = "GET /api/v3/market"
BITGET = Api(
    api_id="bitget",
    venue="bitget",
    lists=_list,
    venue_error=_venue_error,
    handlers={
        "GET /api/v2/public/time": _time,
        "GET /api/v2/spot/public/coins": _no_coins,
        f"{_MIX}/contracts": _contracts,
        f"{_MIX}/tickers": _tickers,
        f"{_MIX}/ticker": _tickers,
        f"{_MIX}/open-interest": _open_interest,
        f"{_MIX}/symbol-price": _prices,
        f"{_MIX}/current-fund-rate": _funding_now,
        f"{_MIX}/history-fund-rate": _funding_history,
        f"{_MIX}/candles": partial(_candles, None, 1000, _CANDLES_KEPT),
        f"{_MIX}/history-candles": partial(_candles, "trade", 200, None),
        f"{_MIX}/history-mark-candles": partial(_candles, "mark", 200, None),
        f"{_MIX}/history-index-candles": partial(_candles, "index", 200, None),
        f"{_MIX}/account-long-short": partial(_long_short, "long_accounts", "Account"),
        f"{_MIX}/position-long-short": partial(_long_short, "long_positions", "Position"),
        f"{_UTA}/instruments": _instruments,
        f"{_UTA}/tickers": _tickers_v3,
        f"{_UTA}/open-interest": _open_interest_v3,
        f"{_UTA}/liquidations": _liquidations,
    },
    streams=(Stream("/v3/ws/public", lambda _request: frozenset(), _replied, _liquidated),),
)
