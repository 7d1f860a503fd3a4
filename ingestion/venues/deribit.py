"""Deribit: perpetual and dated futures, inverse ones counted in USD and linear ones in base coins.

What belongs here: endpoints and fields of its v2 API; its list of trades also has the liquidations. What does not:
options, spot, combinations.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.damaged_rows import each
from ingestion.api.feed import BAR, Exchange, Feed, Instrument, Reading, Response, VenueApi, Window
from ingestion.api.instruments import base_or_usd, is_perpetual
from ingestion.api.payload import instant, mapping, milliseconds, number, quantity, rows, side_closed_by, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import followed_rows
from ingestion.api.rows import Row, liquidation_event
from ingestion.records import CANDLE, FUNDING_RATE, LIQUIDATION_EVENT, OPEN_INTEREST, PositionSide

_PAGE_BARS = 1000
_PAGE_TRADES = 1000
_USD_QUOTES = ("USD", "USDC", "USDT")
# The running rate is stated per 8 hours, although the venue settles continuously. The history has the rate per hour.
_RUNNING_HOURS, _SETTLED_HOURS = 8.0, 1.0
_COLUMNS = ("open", "high", "low", "close", "volume", "cost")
_OTHER_SIDE: dict[PositionSide, PositionSide] = {"long": "short", "short": "long"}


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a future of ``get_instruments``. None for options, spot, combinations and other quotes.

    Sample::

        {"instrument_name": "BTC-PERPETUAL", "kind": "future", "base_currency": "BTC", "counter_currency": "USD",
         "settlement_currency": "BTC", "settlement_period": "perpetual", "creation_timestamp": 1584230400000,
         "expiration_timestamp": 32503708800000, "is_active": true}
    """
    info = mapping(market, "info")
    quote = text(info, "counter_currency") if "counter_currency" in info else text(info, "quote_currency")
    if text(info, "kind") != "future" or quote not in _USD_QUOTES:
        return None
    settle = text(info, "settlement_currency")
    is_dated = text(info, "settlement_period") != "perpetual"
    is_linear = settle == quote
    return Instrument(
        symbol=text(info, "instrument_name"),
        symbol_native=text(info, "base_currency"),
        quote=quote,
        settle=settle,
        market_type="dated" if is_dated else "perpetual",
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        # All quantities are in coins or USD: the venue's contract_size is the smallest trade.
        contract_size=1.0,
        listed_at=instant(info, "creation_timestamp"),
        expiry_at=instant(info, "expiration_timestamp") if is_dated else None,
        is_trading=info.get("is_active") is True,
        payload=info,
    )


def _span(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"instrument_name": instrument.symbol, **span_milliseconds(window, "start_timestamp", "end_timestamp")}


def _candle_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {**_span(instrument, window), "resolution": "5"}


def _funding_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    # This is the only endpoint that excludes the start.
    return {**_span(instrument, window), "start_timestamp": milliseconds(window.since) - 1}


async def _request_trades(exchange: Exchange, instrument: Any, window: Any) -> Any:
    """Request all trades of ``window``, page after page, and return them as one response.

    A page begins with the last millisecond of the page before. The engine cannot page here: it counts liquidations, and
    few trades are liquidations, so it does not notice a full page.
    """
    parameters = {**_span(instrument, window), "count": _PAGE_TRADES, "sorting": "asc"}
    trades: dict[str, Any] = {}
    while True:
        response = await exchange.publicGetGetLastTradesByInstrumentAndTime(parameters)
        page = rows(response, "result", "trades")
        known = len(trades)
        trades.update((text(trade, "trade_id"), trade) for trade in page)
        if not _has_more(response):
            return {"result": {"trades": list(trades.values())}}
        if len(trades) == known:
            raise InputError(
                f"a page of trades of {instrument.symbol} repeats the one before; request a shorter window"
            )
        parameters["start_timestamp"] = milliseconds(instant(page[-1], "timestamp"))


def _has_more(response: Any) -> bool:
    stated = mapping(response, "result").get("has_more")
    if not isinstance(stated, bool):
        raise InputError(f"field has_more holds {stated!r}; expected true or false; the response's format has changed")
    return stated


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``open_interest`` of the book summaries: USD (inverse) or base coins (linear), and the mark price.

    Sample::

        {"result": [{"instrument_name": "BTC-PERPETUAL", "open_interest": 900000000, "mark_price": 60000.0,
                     "current_funding": 0.0001, "funding_8h": 0.00025, "creation_timestamp": 1767225601250}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "result"), "instrument_name"):
        at = instant(row, "creation_timestamp")
        yield read_open_interest(
            instrument.symbol, at, row, "open_interest", base_or_usd(instrument), price_usd="mark_price"
        )


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running rate of perpetuals in the book summaries, a fraction per 8 hours.

    Sample::

        {"result": [{"instrument_name": "BTC-PERPETUAL", "open_interest": 900000000, "mark_price": 60000.0,
                     "current_funding": 0.0001, "funding_8h": 0.00025, "creation_timestamp": 1767225601250}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "result"), "instrument_name"):
        if is_perpetual(instrument):
            at = instant(row, "creation_timestamp")
            yield read_funding_rate(
                instrument.symbol, at, row, "current_funding", is_settled=False, hours=_RUNNING_HOURS
            )


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``get_tradingview_chart_data``, which has columns: volume in base coins, turnover (``cost``) in USD.

    Sample::

        {"result": {"status": "ok", "ticks": [1767225600000, 1767225900000], "open": [90000.5, 90050],
                    "high": [90100, 90060], "low": [89900.5, 90040], "close": [90050, 90055], "volume": [12.5, 0],
                    "cost": [1125620, 0]}}
    """
    ticks = rows(response.payload, "result", "ticks")
    columns = {name: rows(response.payload, "result", name) for name in _COLUMNS}
    if any(len(column) != len(ticks) for column in columns.values()):
        lengths = {name: len(column) for name, column in columns.items()}
        raise InputError(f"{len(ticks)} ticks, but columns of {lengths} values; the response's format has changed")
    ohlc = ("open", "high", "low", "close")
    for place in each(range(len(ticks))):
        bar = {"tick": ticks[place], **{name: column[place] for name, column in columns.items()}}
        at = instant(bar, "tick")
        yield read_candle(response.symbol, at, bar, ohlc, volume="volume", unit="base", turnover_usd="cost")


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``interest_1h``, the fraction of the hour that ends. The 8 hours of ``interest_8h`` overlap with other rows.

    Sample::

        {"result": [{"timestamp": 1767225600000, "interest_8h": 0.00008, "interest_1h": 0.00001}]}
    """
    for row in rows(response.payload, "result"):
        at = instant(row, "timestamp")
        yield read_funding_rate(response.symbol, at, row, "interest_1h", is_settled=True, hours=_SETTLED_HOURS)


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read the trades that liquidated the taker (T), the maker (M) or both (MT, which makes two events).

    Sample::

        {"result": {"has_more": false, "trades": [
            {"trade_id": "1", "timestamp": 1767225660000, "price": 89000.5, "direction": "sell", "amount": 12340.0,
             "liquidation": "T"}]}}
    """
    for trade in rows(response.payload, "result", "trades"):
        for role in _liquidated_roles(trade):
            taker_side = side_closed_by(trade, "direction")
            yield liquidation_event(
                response.symbol,
                instant(trade, "timestamp"),
                trade,
                position_side=taker_side if role == "T" else _OTHER_SIDE[taker_side],
                quantity_native=quantity(trade, "amount"),
                native_unit=base_or_usd(response.instrument),
                price_usd_native=number(trade, "price"),
                price_kind="fill",
                coverage="full",
                event_id=f"{text(trade, 'trade_id')}-{role}",
            )


def _liquidated_roles(trade: Mapping[str, Any]) -> str:
    roles = mapping(trade).get("liquidation", "")
    if roles not in ("", "M", "T", "MT"):
        raise InputError(f"field liquidation holds {roles!r}; expected M, T or MT; the response's format has changed")
    return str(roles)


_feed = partial(
    Feed,
    weight="500 of 50,000 credits; 10,000 credits are refilled each second",
    evidence="Deribit API documentation v2, market data",
)


def _summaries(name: str, currency: str) -> Feed:
    return _feed(
        name=name,
        path="api/v2/public/get_book_summary_by_currency",
        request=call(
            "publicGetGetBookSummaryByCurrency", lambda _instrument, _window: {"currency": currency, "kind": "future"}
        ),
        readings=(
            Reading("deribit_open_interest", OPEN_INTEREST, "instant", parse_open_interest),
            Reading("deribit_funding_rate", FUNDING_RATE, "instant", parse_current_funding),
        ),
        is_bulk=True,
        applies_to=lambda instrument: instrument.settle == currency,
    )


DERIBIT = VenueApi(
    api_id="deribit",
    venue="deribit",
    ccxt_id="deribit",
    instrument_collector="deribit_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _summaries("book_summary_btc", "BTC"),
        _summaries("book_summary_eth", "ETH"),
        _summaries("book_summary_usdc", "USDC"),
        _feed(
            name="candle_trade",
            path="api/v2/public/get_tradingview_chart_data",
            request=call("publicGetGetTradingviewChartData", _candle_parameters),
            readings=(Reading("deribit_candle_trade", CANDLE, "start", parse_trade_candles),),
            label_spacing=BAR,
            page_rows=_PAGE_BARS,
        ),
        _feed(
            name="funding_rate_history",
            path="api/v2/public/get_funding_rate_history",
            request=call("publicGetGetFundingRateHistory", _funding_parameters),
            readings=(Reading("deribit_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
            label_spacing=timedelta(hours=1),
            page_rows=720,
            applies_to=is_perpetual,
        ),
        _feed(
            name="liquidations",
            path="api/v2/public/get_last_trades_by_instrument_and_time",
            request=_request_trades,
            readings=(Reading("deribit_liquidations", LIQUIDATION_EVENT, "instant", parse_liquidations, None),),
            label_spacing=timedelta(seconds=10),
            page_rows=8640,
            is_paged_by_request=True,
            # The venue keeps a day of trades. A request that begins earlier gets an empty list.
            retention=timedelta(hours=23),
        ),
    ),
)
