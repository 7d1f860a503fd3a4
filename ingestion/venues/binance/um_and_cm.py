"""What USD-M and COIN-M share: instruments, page bounds and page sizes, candles, funding.

What belongs here: code that both APIs use. What does not: the endpoints of one API, its ccxt methods, its units and
its names of an instrument (um.py, cm.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.feed import BAR, Feed, Instrument, Response
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.api.readers import read_candle, read_funding_rate
from ingestion.api.requests import span_milliseconds
from ingestion.api.responses import followed_rows, own_rows
from ingestion.api.rows import Row
from ingestion.records import MarketType, PriceKind

STATISTICS_ROWS = 500
# A page of 499 candles costs a weight of 2, a page of 500 costs 5.
CANDLE_ROWS = 499
FUNDING_ROWS = 1000
# `fundingInfo` lists only the symbols with another interval than this.
DEFAULT_FUNDING_HOURS = 8.0

_MARKET_TYPES: dict[str, MarketType] = {
    "PERPETUAL": "perpetual",
    "PERPETUAL_DELIVERING": "perpetual",
    "CURRENT_MONTH": "dated",
    "NEXT_MONTH": "dated",
    "CURRENT_QUARTER": "dated",
    "NEXT_QUARTER": "dated",
}
_USD_QUOTES = ("USD", "USDT", "USDC")

Subject = Callable[[Instrument], dict[str, str]]

candles = partial(Feed, weight="2 of 2400 a minute per IP, for each page", label_spacing=BAR, page_rows=CANDLE_ROWS)
settlements = partial(
    Feed,
    weight="1 of 500 requests in 5 minutes per IP, shared with fundingInfo",
    label_spacing=timedelta(hours=1),
    page_rows=FUNDING_ROWS,
    # The two APIs share the limit, so each gets half of it.
    requests_per_second=500 / 300 / 2,
    applies_to=is_perpetual,
)
statistics = partial(
    Feed,
    weight="1 of 1000 requests in 5 minutes per IP, shared by all of futures/data",
    label_spacing=BAR,
    page_rows=STATISTICS_ROWS,
    # The venue keeps 30 days and refuses a request that begins earlier. An hour less leaves a margin.
    retention=timedelta(days=30) - timedelta(hours=1),
    # Ten feeds of the two APIs share the limit above, so each gets a tenth of it.
    requests_per_second=1000 / 300 / 10,
)


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a symbol of ``exchangeInfo``. None for stocks, indices, other quotes and other kinds of contracts.

    Sample::

        [{"symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "underlyingType": "COIN",
          "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT", "onboardDate": 1569398400000,
          "deliveryDate": 4133404800000, "status": "TRADING"},
         {"symbol": "BTCUSD_PERP", "pair": "BTCUSD", "contractType": "PERPETUAL", "underlyingType": "COIN",
          "baseAsset": "BTC", "quoteAsset": "USD", "marginAsset": "BTC", "onboardDate": 1597042800000,
          "deliveryDate": 4133404800000, "contractStatus": "TRADING", "contractSize": 100}]
    """
    info = mapping(market, "info")
    market_type = _MARKET_TYPES.get(str(info.get("contractType")))
    if market_type is None or info.get("underlyingType") != "COIN" or info.get("quoteAsset") not in _USD_QUOTES:
        return None
    is_linear = text(info, "marginAsset") == text(info, "quoteAsset")
    contract_size = 1.0 if is_linear else number(info, "contractSize")
    if contract_size is None:
        raise InputError(f"field contractSize of {text(info, 'symbol')} is empty; the response's format has changed")
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=text(info, "baseAsset"),
        quote=text(info, "quoteAsset"),
        settle=text(info, "marginAsset"),
        market_type=market_type,
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        contract_size=contract_size,
        listed_at=instant(info, "onboardDate"),
        expiry_at=instant(info, "deliveryDate") if market_type == "dated" else None,
        is_trading=text(info, "status" if is_linear else "contractStatus") == "TRADING",
        payload=info,
    )


def of_symbol(instrument: Instrument) -> dict[str, str]:
    """Return the parameter that names the instrument by its symbol."""
    return {"symbol": instrument.symbol}


def of_pair(instrument: Instrument) -> dict[str, str]:
    """Return the parameter that names the instrument's pair. Index prices and COIN-M statistics need it."""
    return {"pair": text(instrument.payload, "pair")}


def history(subject: Subject, page_rows: int, **constants: str) -> Callable[[Any, Any], dict[str, str | int]]:
    """Return the parameters of a page of history of the instrument or pair that ``subject`` names."""
    return lambda instrument, window: {
        **subject(instrument),
        **constants,
        **span_milliseconds(window, "startTime", "endTime"),
        "limit": page_rows,
    }


def candle_history(subject: Subject) -> Callable[[Any, Any], dict[str, str | int]]:
    """Return the parameters of a page of candles of the instrument or pair that ``subject`` names."""
    return history(subject, CANDLE_ROWS, interval="5m")


def statistics_history(subject: Subject) -> Callable[[Any, Any], dict[str, str | int]]:
    """Return the parameters of a page of ``futures/data`` of the instrument or pair that ``subject`` names."""
    return history(subject, STATISTICS_ROWS, period="5m")


def parse_price_candles(response: Response, price_kind: PriceKind) -> Iterable[Row]:
    """Read ``markPriceKlines`` or ``indexPriceKlines``. They have no volume: zeros stand in its place.

    Sample::

        [[1767225600000, "90000.1", "90100", "89900.5", "90050", "0", 1767225899999, "0", 60, "0", "0", "0"]]
    """
    for bar in rows(response.payload):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), price_kind=price_kind)


parse_mark_candles = partial(parse_price_candles, price_kind="mark")
parse_index_candles = partial(parse_price_candles, price_kind="index")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read ``premiumIndex`` of all symbols: the running funding rate, a fraction per interval.

    Sample::

        {"premiumIndex": [{"symbol": "BTCUSDT", "lastFundingRate": "0.0001", "time": 1767225601250},
                          {"symbol": "BTCUSD_PERP", "lastFundingRate": "0.0001", "time": 1767225601250}],
         "fundingInfo": [{"symbol": "BTCUSDT", "fundingIntervalHours": 4}]}
    """
    listed = rows(response.payload, "fundingInfo")
    stated = {text(row, "symbol"): number(row, "fundingIntervalHours") for row in listed}
    # Contracts with the default interval are not listed. Beside a damaged row, a contract that is not listed may be the
    # one of that row, so its interval is unknown.
    default = DEFAULT_FUNDING_HOURS if len(stated) == len(listed) else None
    for instrument, row in followed_rows(response, rows(response.payload, "premiumIndex"), "symbol"):
        at = instant(row, "time")
        hours = stated.get(instrument.symbol, default)
        yield read_funding_rate(instrument.symbol, at, row, "lastFundingRate", is_settled=False, hours=hours)


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``fundingRate``: settled rates, each a fraction. The venue does not state the interval.

    Sample::

        [{"symbol": "BTCUSDT", "fundingTime": 1767225600000, "fundingRate": "0.0001", "markPrice": "90000"}]
    """
    for row in own_rows(rows(response.payload), **of_symbol(response.instrument)):
        # The venue pays the dividend of a stock perpetual through funding. It does not reflect positioning.
        if row.get("rateType") == "Special":
            continue
        yield read_funding_rate(response.symbol, instant(row, "fundingTime"), row, "fundingRate", is_settled=True)
