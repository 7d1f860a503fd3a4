"""Hyperliquid: one path for all requests, responses without timestamps, open interest of both sides.

What belongs here: its names, requests and fields. What does not: reading the market (view.py).
"""

from datetime import timedelta

from sandbox.exchanges.api import Api, BadRequestError, Json, Request, VenueError, listed
from sandbox.exchanges.listed import Listed, milliseconds, text
from sandbox.exchanges.view import View
from sandbox.market.latent_market import Contract

# Sources disagree on the number of sides. Most evidence is for two, and the warehouse's methodology seed has two.
_SIDES = 2
_STEPS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "8h": 28800,
    "12h": 43200, "1d": 86400,
}  # fmt: skip
_BARS_KEPT = 5000
_MOST_FUNDINGS = 500
# The timestamp of a settlement is that of its block, some milliseconds after the hour.
_MOST_BLOCK_MILLISECONDS = 97


def _venue_error(message: str) -> VenueError:
    return VenueError(422, f"Failed to deserialize the JSON body into the target type: {message}")


def _list(contract: Contract) -> Listed | None:
    if contract.market_type == "dated":
        return None
    name = "kPEPE" if contract.asset == "PEPE" else contract.asset
    return Listed(name, name, "USDC", contract, coins=1000.0 if contract.asset == "PEPE" else 1.0)


def _info(view: View, request: Request) -> Json:
    asked = request.text("type")
    handlers = {
        "meta": _meta,
        "metaAndAssetCtxs": _meta_and_contexts,
        "spotMeta": _spot_meta,
        "candleSnapshot": _candles,
        "fundingHistory": _fundings,
    }
    if asked not in handlers:
        raise BadRequestError(f"unknown type {asked}")
    return handlers[asked](view, request)


def _meta(view: View, _request: Request) -> Json:
    universe = [{"szDecimals": 5, "name": one.symbol, "maxLeverage": 40, "marginTableId": 56} for one in view.trading]
    return {"universe": universe, "marginTables": [], "collateralToken": 0}


def _meta_and_contexts(view: View, request: Request) -> Json:
    return [_meta(view, request), [_context(view, one) for one in view.trading]]


def _context(view: View, one: Listed) -> Json:
    day = view.day(one)
    mark, index = view.level(one, "mark", view.now), view.level(one, "index", view.now)
    return {
        "funding": text(view.funding_ratio(one)),
        "openInterest": text(_SIDES * view.level(one, "oi", view.now)),
        "prevDayPx": text(day.open),
        "dayNtlVlm": text(day.turnover_usd),
        "premium": text(mark / index - 1),
        "oraclePx": text(index),
        "markPx": text(mark),
        "midPx": text(day.close),
        "impactPxs": [text(day.close), text(day.close)],
        "dayBaseVlm": text(day.volume_base),
    }


def _spot_meta(_view: View, _request: Request) -> Json:
    token = {"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, "isCanonical": True, "fullName": None}
    return {"universe": [], "tokens": [token]}


def _candles(view: View, request: Request) -> Json:
    """Return the bars of a span, oldest first. The venue keeps the newest 5000 bars of each interval."""
    one, label = listed(view, request.text("coin")), request.text("interval")
    if label not in _STEPS:
        raise BadRequestError(f"unknown variant {label}")
    step = _STEPS[label]
    span = request.seconds("startTime", 0), request.seconds("endTime", view.now)
    bars = view.candles(one, "trade", step, *span, kept=timedelta(seconds=_BARS_KEPT * step))
    return [
        {
            "t": milliseconds(bar.starts_at),
            "T": milliseconds(bar.starts_at + step) - 1,
            "s": one.symbol,
            "i": label,
            "o": text(bar.open),
            "c": text(bar.close),
            "h": text(bar.high),
            "l": text(bar.low),
            "v": text(bar.volume_base),
            "n": 300,
        }
        for bar in bars
    ]


def _fundings(view: View, request: Request) -> Json:
    """Return the first 500 settlements from ``startTime`` on, oldest first."""
    one = listed(view, request.text("coin"))
    since, until = request.integer("startTime"), request.integer("endTime", milliseconds(view.now))
    rows = [(_block_time(at), at, rate) for at, rate in view.settlements(one, since / 1000 - 1, until / 1000)]
    return [
        {
            "coin": one.symbol,
            "fundingRate": text(rate),
            "premium": text(view.level(one, "mark", at) / view.level(one, "index", at) - 1),
            "time": time,
        }
        for time, at, rate in rows
        if since <= time <= until
    ][:_MOST_FUNDINGS]


def _block_time(at: int) -> int:
    return milliseconds(at) + at // 3600 % _MOST_BLOCK_MILLISECONDS


HYPERLIQUID = Api(
    api_id="hyperliquid",
    venue="hyperliquid",
    lists=_list,
    venue_error=_venue_error,
    handlers={"POST /info": _info},
)
