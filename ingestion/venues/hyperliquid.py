"""Hyperliquid: perpetuals on its own chain, margined in USDC, counted in base coins (kPEPE: thousands of PEPE).

What belongs here: its requests, all to one path, and their responses. What does not: the exchanges that others have
built on it (HIP-3). Each of them needs its own requests.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.damaged_rows import each, note_symbol
from ingestion.api.feed import BAR, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.payload import instant, mapping, rows, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import own_rows
from ingestion.api.rows import Row
from ingestion.records import CANDLE, FUNDING_RATE, OPEN_INTEREST

_CANDLE_ROWS = 5000
_FUNDING_ROWS = 500
# Every perpetual settles each hour.
_read_funding_rate = partial(read_funding_rate, hours=1.0)


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a perpetual of ``universe``. None for spot pairs and for perpetuals of other builders.

    Sample::

        {"name": "BTC", "szDecimals": "5", "maxLeverage": "40", "isDelisted": false}
    """
    info = mapping(market, "info")
    if market.get("swap") is not True or info.get("hip3"):
        return None
    return Instrument(
        symbol=text(info, "name"),
        symbol_native=text(info, "name"),
        quote="USDC",
        settle="USDC",
        market_type="perpetual",
        settlement="linear",
        contract_unit="base",
        contract_size=1.0,
        listed_at=None,
        expiry_at=None,
        is_trading=not info.get("isDelisted"),
        # ccxt adds the current prices. With them, every tick would land a new specification.
        payload={key: info[key] for key in ("name", "szDecimals", "maxLeverage") if key in info},
    )


def _candle_parameters(instrument: Any, window: Any) -> dict[str, Any]:
    span = span_milliseconds(window, "startTime", "endTime")
    return {"type": "candleSnapshot", "req": {"coin": instrument.symbol, "interval": "5m", **span}}


def _funding_parameters(instrument: Any, window: Any) -> dict[str, Any]:
    return {"type": "fundingHistory", "coin": instrument.symbol, **span_milliseconds(window, "startTime", "endTime")}


def _contexts(response: Response) -> Iterator[tuple[str, Mapping[str, Any]]]:
    universe = rows(response.payload, 0, "universe")
    contexts = rows(response.payload, 1)
    # Only the position tells which name and context belong together.
    if len(universe) != len(contexts):
        raise InputError(f"{len(universe)} names but {len(contexts)} contexts; the response's format has changed")
    for place in each(range(len(contexts))):
        symbol = text(universe[place], "name")
        if symbol in response.instruments:
            note_symbol(symbol)
            yield symbol, contexts[place]


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read open interest of ``metaAndAssetCtxs``, in units of the base, at the time of receipt: it has no time.

    Sample::

        [{"universe": [{"name": "BTC"}]}, [{"openInterest": "30000.5", "markPx": "90000.0", "funding": "0.0000125"}]]
    """
    for symbol, context in _contexts(response):
        yield read_open_interest(symbol, response.received_at, context, "openInterest", "base", price_usd="markPx")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running funding rate of ``metaAndAssetCtxs``, a fraction per hour, at the time of receipt.

    Sample::

        [{"universe": [{"name": "BTC"}]}, [{"openInterest": "30000.5", "markPx": "90000.0", "funding": "0.0000125"}]]
    """
    for symbol, context in _contexts(response):
        yield _read_funding_rate(symbol, response.received_at, context, "funding", is_settled=False)


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``fundingHistory``: settled rates, a fraction per hour.

    Sample::

        [{"coin": "BTC", "fundingRate": "0.0000125", "premium": "0.0003", "time": 1767225600043}]
    """
    for row in own_rows(rows(response.payload), coin=response.symbol):
        yield _read_funding_rate(response.symbol, instant(row, "time"), row, "fundingRate", is_settled=True)


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``candleSnapshot``: prices of trades in USD, volume in units of the base.

    Sample::

        [{"t": 1767225600000, "T": 1767225899999, "s": "BTC", "i": "5m", "n": 1200,
          "o": "90000.0", "h": "90100.0", "l": "89900.0", "c": "90050.0", "v": "12.5"}]
    """
    for bar in own_rows(rows(response.payload), s=response.symbol):
        yield read_candle(response.symbol, instant(bar, "t"), bar, ("o", "h", "l", "c"), volume="v", unit="base")


_feed = partial(Feed, evidence="Hyperliquid API documentation, info endpoint and rate limits")

HYPERLIQUID = VenueApi(
    api_id="hyperliquid",
    venue="hyperliquid",
    ccxt_id="hyperliquid",
    instrument_collector="hyperliquid_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="asset_contexts",
            path="info metaAndAssetCtxs",
            request=call("publicPostInfo", lambda _instrument, _window: {"type": "metaAndAssetCtxs"}),
            readings=(
                Reading("hyperliquid_open_interest", OPEN_INTEREST, "instant", parse_open_interest),
                Reading("hyperliquid_funding_rate", FUNDING_RATE, "instant", parse_current_funding),
            ),
            weight="20 of 1200 a minute per IP, for all symbols",
            is_bulk=True,
        ),
        _feed(
            name="candle_trade",
            path="info candleSnapshot",
            request=call("publicPostInfo", _candle_parameters),
            readings=(Reading("hyperliquid_candle_trade", CANDLE, "start", parse_trade_candles),),
            weight="20 of 1200 a minute per IP, and 1 more for each 60 candles",
            label_spacing=BAR,
            page_rows=_CANDLE_ROWS,
            # The venue keeps only the newest 5000 candles of an interval.
            retention=BAR * _CANDLE_ROWS,
            requests_per_second=0.5,
        ),
        _feed(
            name="funding_rate_history",
            path="info fundingHistory",
            request=call("publicPostInfo", _funding_parameters),
            readings=(
                Reading("hyperliquid_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),
            ),
            weight="20 of 1200 a minute per IP, and 1 more for each 20 settlements",
            label_spacing=timedelta(hours=1),
            page_rows=_FUNDING_ROWS,
            requests_per_second=0.4,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap"]}},
)
