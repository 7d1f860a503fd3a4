"""Kraken Futures: linear contracts (PF, FF) counted in base coins, inverse ones (PI, FI) in USD.

What belongs here: its endpoints and their responses, and the analytics of its charts, which ccxt does not have. What
does not: Kraken's spot market.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.damaged_rows import each
from ingestion.api.feed import (
    BAR,
    BAR_SECONDS,
    Exchange,
    Feed,
    Instrument,
    Reading,
    Request,
    Response,
    VenueApi,
    Window,
)
from ingestion.api.instruments import base_or_usd, is_linear, is_perpetual
from ingestion.api.payload import instant, iso_instant, mapping, number, quantity, rows, side_closed_by, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest
from ingestion.api.requests import call, span_seconds
from ingestion.api.responses import followed_rows
from ingestion.api.rows import Row, funding_rate, liquidation_event, long_short_ratio, open_interest
from ingestion.records import CANDLE, FUNDING_RATE, LIQUIDATION_EVENT, LONG_SHORT_RATIO, OPEN_INTEREST, PriceKind

_PAGE_ROWS = 2000
_FUNDING = timedelta(hours=1)
_FUNDING_HOURS = 1.0
_FUNDING_SECONDS = 3600
# Every response has the whole history. A page of a year keeps the number of requests small.
_FUNDING_ROWS = 366 * 24
_LINEAR_TYPES = ("flexible_futures", "futures_vanilla")
_INVERSE_TYPE = "futures_inverse"
_OHLC = ("open", "high", "low", "close")


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``instruments``. None for indices and other quotes.

    Sample::

        {"symbol": "PF_XBTUSD", "type": "flexible_futures", "contractSize": 1, "tradeable": true,
         "openingDate": "2022-03-22T13:18:45Z"}
    """
    info = mapping(market, "info")
    kind = text(info, "type")
    symbol = text(info, "symbol")
    # PF_XBTUSD, FI_ETHUSD_261225: the kind of contract, the pair, and the day of delivery.
    pair = symbol.split("_")[1].upper() if "_" in symbol else ""
    if kind not in (*_LINEAR_TYPES, _INVERSE_TYPE) or not pair.endswith("USD"):
        return None
    base = pair.removesuffix("USD")
    is_inverse = kind == _INVERSE_TYPE
    size = number(info, "contractSize")
    if size is None:
        raise InputError(f"contract {symbol} has no contractSize; the response's format has changed")
    # A perpetual that is delisted has a last trading time too; only a dated contract has a day in its name.
    is_dated = symbol.count("_") > 1
    return Instrument(
        symbol=symbol,
        symbol_native=base,
        quote="USD",
        settle=base if is_inverse else "USD",
        market_type="dated" if is_dated else "perpetual",
        settlement="inverse" if is_inverse else "linear",
        contract_unit="usd" if is_inverse else "base",
        contract_size=size,
        listed_at=iso_instant(info, "openingDate") if "openingDate" in info else None,
        expiry_at=iso_instant(info, "lastTradingTime") if is_dated else None,
        is_trading=info.get("tradeable") is True,
        payload=info,
    )


def _trade_parameters(instrument: Instrument, _window: Any) -> dict[str, str]:
    return {"symbol": instrument.symbol}


async def _request_settled_funding(exchange: Exchange, instrument: Any, window: Any) -> Any:
    response = await exchange.publicGetHistoricalfundingrates({"symbol": instrument.symbol})
    # The endpoint takes no bounds. Rows outside the window belong to other pages.
    inside = [row for row in rows(response, "rates") if window.since <= iso_instant(row, "timestamp") < window.until]
    return {**response, "rates": inside}


def _request_chart(price_type: str) -> Request:
    def parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
        span = span_seconds(window, "from", "to")
        return {"price_type": price_type, "symbol": instrument.symbol, "interval": "5m", **span}

    return call("chartsGetPriceTypeSymbolInterval", parameters)


def _request_analytics(series: str) -> Request:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        query = exchange.urlencode({**span_seconds(window, "since", "to"), "interval": BAR_SECONDS})
        await exchange.throttle(1)
        return await exchange.fetch(
            f"{exchange.urls['api']['charts']}v1/analytics/{instrument.symbol}/{series}?{query}"
        )

    return request


def _buckets(response: Response) -> Iterator[tuple[Mapping[str, int], Any]]:
    labels = rows(response.payload, "result", "timestamp")
    values = rows(response.payload, "result", "data")
    # Only the position tells which time and value belong together.
    if len(labels) != len(values):
        raise InputError(f"{len(labels)} times but {len(values)} values; the response's format has changed")
    for place in each(range(len(labels))):
        yield {"timestamp": labels[place]}, values[place]


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read open interest of ``tickers``: base coins (linear) or USD (inverse).

    Sample::

        {"serverTime": "2026-01-01T00:00:01.250Z",
         "tickers": [{"symbol": "PF_XBTUSD", "markPrice": 90000.0, "openInterest": 1250.5, "fundingRate": 1.8}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "tickers"), "symbol"):
        at = iso_instant(response.payload, "serverTime")
        yield read_open_interest(
            instrument.symbol, at, row, "openInterest", base_or_usd(instrument), price_usd="markPrice"
        )


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running funding rate of perpetuals in ``tickers``, as a fraction per hour.

    The venue states the payment: USD per coin (linear) or coins per USD (inverse). The mark price converts it to a
    fraction of the position.

    Sample::

        {"serverTime": "2026-01-01T00:00:01.250Z",
         "tickers": [{"symbol": "PF_XBTUSD", "markPrice": 90000.0, "openInterest": 1250.5, "fundingRate": 1.8}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "tickers"), "symbol"):
        if not is_perpetual(instrument):
            continue
        payment, mark_price_usd = number(row, "fundingRate"), number(row, "markPrice")
        rate = None
        if payment is not None and mark_price_usd:
            rate = payment / mark_price_usd if is_linear(instrument) else payment * mark_price_usd
        yield funding_rate(
            instrument.symbol,
            iso_instant(response.payload, "serverTime"),
            row,
            rate_native=rate,
            funding_interval_hours=_FUNDING_HOURS,
            is_settled=False,
        )


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``historicalfundingrates``: the relative rate, a fraction per hour, labelled with the hour's start.

    Sample::

        {"rates": [{"timestamp": "2026-01-01T00:00:00.000Z", "fundingRate": 1.8, "relativeFundingRate": 0.00002}]}
    """
    for row in rows(response.payload, "rates"):
        at = iso_instant(row, "timestamp")
        yield read_funding_rate(response.symbol, at, row, "relativeFundingRate", is_settled=True, hours=_FUNDING_HOURS)


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read the analytics ``open-interest``: the close of each bucket of open, high, low and close.

    Sample::

        {"errors": [], "result": {"timestamp": [1767225600], "more": false,
                                  "data": [["1240.5", "1260", "1230", "1250.25"]]}}
    """
    for label, bar in _buckets(response):
        yield open_interest(
            response.symbol,
            instant(label, "timestamp", unit="s"),
            {**label, "open_interest": bar},
            native_field="open_interest_close",
            oi_native=number(bar, 3),
            native_unit=base_or_usd(response.instrument),
        )


def parse_long_short_ratio(response: Response) -> Iterable[Row]:
    """Read the analytics ``long-short-ratio``: the share of accounts that are long. The rest are short.

    Sample::

        {"errors": [], "result": {"timestamp": [1767225600], "more": false, "data": ["0.625"]}}
    """
    for label, share in _buckets(response):
        row = {**label, "long_short_ratio": share}
        long = number(row, "long_short_ratio")
        yield long_short_ratio(
            response.symbol,
            instant(row, "timestamp", unit="s"),
            row,
            basis="accounts",
            long_native=long,
            short_native=None if long is None else 1 - long,
        )


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read the liquidations among the newest trades: base coins (linear) or USD (inverse), at the price of the fill.

    The side of a trade is the taker's side. The taker is the liquidation, so a sell closes a long. The venue lists only
    the last 100 trades, so liquidations between two requests may be missing.

    Sample::

        {"history": [{"time": "2026-01-01T00:03:00.250Z", "price": 89500.0, "size": 0.5, "side": "sell",
                      "type": "liquidation", "uid": "b2ecf3c1"}]}
    """
    for trade in rows(response.payload, "history"):
        if text(trade, "type") == "liquidation":
            yield liquidation_event(
                response.symbol,
                iso_instant(trade, "time"),
                trade,
                position_side=side_closed_by(trade, "side"),
                quantity_native=quantity(trade, "size"),
                native_unit=base_or_usd(response.instrument),
                price_usd_native=number(trade, "price"),
                price_kind="fill",
                coverage="sampled",
                event_id=text(trade, "uid"),
            )


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read the chart of trades: prices in USD, volume in base coins (linear) or USD (inverse).

    Sample::

        {"candles": [{"time": 1767225600000, "open": "89000", "high": "90500", "low": "88000", "close": "90000",
                      "volume": "12.5"}]}
    """
    unit = base_or_usd(response.instrument)
    for bar in rows(response.payload, "candles"):
        yield read_candle(response.symbol, instant(bar, "time"), bar, _OHLC, volume="volume", unit=unit)


def parse_price_candles(response: Response, price_kind: PriceKind) -> Iterable[Row]:
    """Read the chart of the mark price or the index: prices in USD.

    Sample::

        {"candles": [{"time": 1767225600000, "open": "89000", "high": "90500", "low": "88000", "close": "90000"}]}
    """
    for bar in rows(response.payload, "candles"):
        yield read_candle(response.symbol, instant(bar, "time"), bar, _OHLC, price_kind=price_kind)


parse_mark_candles = partial(parse_price_candles, price_kind="mark")
parse_index_candles = partial(parse_price_candles, price_kind="index")

_feed = partial(
    Feed,
    weight="no limit is documented; ccxt sends 1 request in 0.6 seconds",
    evidence="Kraken Futures API documentation, market data and charts",
)
_history = partial(_feed, label_spacing=BAR, page_rows=_PAGE_ROWS)

KRAKEN = VenueApi(
    api_id="kraken",
    venue="kraken",
    ccxt_id="krakenfutures",
    instrument_collector="kraken_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="tickers",
            path="derivatives/api/v3/tickers",
            request=call("publicGetTickers", lambda _instrument, _window: {}),
            readings=(
                Reading("kraken_open_interest", OPEN_INTEREST, "instant", parse_open_interest),
                Reading("kraken_funding_rate", FUNDING_RATE, "instant", parse_current_funding),
            ),
            is_bulk=True,
        ),
        _history(
            name="open_interest",
            path="api/charts/v1/analytics/{symbol}/open-interest",
            request=_request_analytics("open-interest"),
            readings=(Reading("kraken_open_interest_history", OPEN_INTEREST, "start", parse_open_interest_history),),
        ),
        _history(
            name="long_short_ratio",
            path="api/charts/v1/analytics/{symbol}/long-short-ratio",
            request=_request_analytics("long-short-ratio"),
            readings=(Reading("kraken_long_short_accounts", LONG_SHORT_RATIO, "start", parse_long_short_ratio),),
            applies_to=is_perpetual,
        ),
        _history(
            name="candle_trade",
            path="api/charts/v1/trade/{symbol}/5m",
            request=_request_chart("trade"),
            readings=(Reading("kraken_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _history(
            name="candle_mark",
            path="api/charts/v1/mark/{symbol}/5m",
            request=_request_chart("mark"),
            readings=(Reading("kraken_candle_mark", CANDLE, "start", parse_mark_candles),),
        ),
        _history(
            name="candle_index",
            path="api/charts/v1/spot/{symbol}/5m",
            request=_request_chart("spot"),
            readings=(Reading("kraken_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate_history",
            path="derivatives/api/v4/historicalfundingrates",
            request=_request_settled_funding,
            readings=(
                Reading("kraken_funding_rate_history", FUNDING_RATE, "start", parse_settled_funding, _FUNDING_SECONDS),
            ),
            label_spacing=_FUNDING,
            page_rows=_FUNDING_ROWS,
            applies_to=is_perpetual,
        ),
        _feed(
            name="liquidations",
            path="derivatives/api/v3/history",
            request=call("publicGetHistory", _trade_parameters),
            readings=(Reading("kraken_liquidation", LIQUIDATION_EVENT, "instant", parse_liquidations, None),),
        ),
    ),
)
