"""Gate: perpetuals and delivery futures settled in USDT, and perpetuals settled in BTC, all counted in contracts.

What belongs here: endpoints and fields of APIv4. What does not: the liquidation stream (liquidation_stream.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.feed import BAR, Exchange, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.instruments import is_linear, is_perpetual
from ingestion.api.payload import instant, mapping, milliseconds, number, quantity, rows, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest, read_ratio
from ingestion.api.requests import call
from ingestion.api.responses import followed_rows
from ingestion.api.rows import Row, identified, liquidation, liquidation_event
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LIQUIDATION,
    LIQUIDATION_EVENT,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    PriceKind,
    RatioBasis,
)

_SECONDS_AN_HOUR = 3600
_OHLC = ("o", "h", "l", "c")
# The venue writes the multiplier of inverse contracts as 0. Each is a contract of 1 USD.
_INVERSE_CONTRACT_USD = 1.0


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``contracts``, BTC_USDT or BTC_USDT_20261225. None for other quotes and for quanto contracts.

    Sample::

        [{"name": "BTC_USDT", "quanto_multiplier": "0.0001", "funding_interval": 28800, "create_time": 1584230400,
          "contract_type": "", "status": "trading", "in_delisting": false},
         {"name": "BTC_USD", "quanto_multiplier": "0", "funding_interval": 28800, "create_time": 1584230400,
          "contract_type": "", "status": "trading", "in_delisting": false},
         {"name": "BTC_USDT_20261225", "quanto_multiplier": "0.0001", "expire_time": 1798185600,
          "in_delisting": false}]
    """
    info = mapping(market, "info")
    symbol = text(info, "name")
    base, _, rest = symbol.partition("_")
    quote, _, delivery = rest.partition("_")
    # Only stocks, metals, indices, commodities and currencies have a type.
    if info.get("contract_type"):
        return None
    is_usdt = quote == "USDT"
    if not is_usdt and (base, quote) != ("BTC", "USD"):
        return None
    # Delivery contracts have no field status.
    is_listed = not info.get("in_delisting") and info.get("status", "trading") == "trading"
    return Instrument(
        symbol=symbol,
        symbol_native=base,
        quote=quote,
        settle="USDT" if is_usdt else "BTC",
        market_type="dated" if delivery else "perpetual",
        settlement="linear" if is_usdt else "inverse",
        contract_unit="base" if is_usdt else "usd",
        contract_size=quantity(info, "quanto_multiplier") if is_usdt else _INVERSE_CONTRACT_USD,
        listed_at=instant(info, "create_time", unit="s") if info.get("create_time") else None,
        expiry_at=instant(info, "expire_time", unit="s") if delivery else None,
        is_trading=is_listed,
        payload=info,
    )


def _span(instrument: Any, window: Any, prefix: str = "") -> dict[str, str | int]:
    return {
        "settle": instrument.settle.lower(),
        "contract": f"{prefix}{instrument.symbol}",
        "from": milliseconds(window.since) // 1000,
        # The venue includes the end, so this is the second of the last millisecond of the window.
        "to": (milliseconds(window.until) - 1) // 1000,
    }


def _stats_parameters(instrument: Any, window: Any) -> dict[str, str | int]:
    return {
        "settle": instrument.settle.lower(),
        "contract": instrument.symbol,
        "interval": "5m",
        "from": milliseconds(window.since) // 1000,
        "limit": 100,
    }


async def _request_candles(exchange: Exchange, instrument: Any, window: Any, *, prefix: str = "") -> Any:
    parameters = {**_span(instrument, window, prefix), "interval": "5m"}
    if is_perpetual(instrument):
        return await exchange.publicFuturesGetSettleCandlesticks(parameters)
    return await exchange.publicDeliveryGetSettleCandlesticks(parameters)


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``total_size`` of ``tickers``, in contracts, at the time of receipt: the response has no time.

    Sample::

        [{"contract": "BTC_USDT", "total_size": "300000000", "mark_price": "60000"},
         {"contract": "BTC_USD", "total_size": "45000000", "mark_price": "90000"},
         {"contract": "BTC_USDT_20261225", "total_size": "1000", "mark_price": "91000"}]
    """
    for instrument, row in followed_rows(response, rows(response.payload), "contract"):
        at = response.received_at
        yield read_open_interest(instrument.symbol, at, row, "total_size", "contract", price_usd="mark_price")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running rate of perpetuals in ``tickers``, a fraction per ``funding_interval`` of the contract.

    Sample::

        [{"contract": "BTC_USDT", "funding_rate": "0.0001"}, {"contract": "BTC_USD", "funding_rate": "0.0001"}]
    """
    for instrument, row in followed_rows(response, rows(response.payload), "contract"):
        interval_seconds = number(instrument.payload, "funding_interval")
        hours = None if interval_seconds is None else interval_seconds / _SECONDS_AN_HOUR
        at = response.received_at
        yield read_funding_rate(instrument.symbol, at, row, "funding_rate", is_settled=False, hours=hours)


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``open_interest`` of ``contract_stats``, in contracts, its value in USD and the mark price.

    Sample::

        [{"time": 1767225600, "open_interest": 300000000, "open_interest_usd": 1800000000.5, "mark_price": 60000.0}]
    """
    for row in rows(response.payload):
        at = instant(row, "time", unit="s")
        yield read_open_interest(
            response.symbol, at, row, "open_interest", "contract", value_usd="open_interest_usd", price_usd="mark_price"
        )


def parse_liquidation_sums(response: Response) -> Iterable[Row]:
    """Read from ``contract_stats`` how many contracts of longs and of shorts were liquidated in a bar.

    Sample::

        [{"time": 1767225600, "long_liq_size": 1200, "long_liq_usd": 7200, "short_liq_size": 0, "short_liq_usd": 0}]
    """
    for row in rows(response.payload):
        yield liquidation(
            response.symbol,
            instant(row, "time", unit="s"),
            row,
            long_native=number(row, "long_liq_size"),
            short_native=number(row, "short_liq_size"),
            native_unit="contract",
        )


def parse_ratio(response: Response, field: str, basis: RatioBasis) -> Iterable[Row]:
    """Read long / short at ``field`` of ``contract_stats``.

    Sample::

        [{"time": 1767225600, "lsr_account": 1.5, "lsr_taker": 0.75, "top_lsr_account": "1.25", "top_lsr_size": "1.1"}]
    """
    for row in rows(response.payload):
        yield read_ratio(response.symbol, instant(row, "time", unit="s"), row, basis, ratio=field)


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``candlesticks``: volume in contracts and, for linear contracts, turnover in USD.

    Sample::

        [{"t": 1767225600, "o": "90000.1", "h": "90100", "l": "89900.5", "c": "90050", "v": 125000, "sum": "1125625"}]
    """
    turnover = "sum" if is_linear(response.instrument) else None
    for bar in rows(response.payload):
        at = instant(bar, "t", unit="s")
        yield read_candle(response.symbol, at, bar, _OHLC, volume="v", unit="contract", turnover_usd=turnover)


def parse_price_candles(response: Response, price_kind: PriceKind) -> Iterable[Row]:
    """Read ``candlesticks`` of the mark price or the index. They have no volume.

    Sample::

        [{"t": 1767225600, "o": "90000.1", "h": "90100", "l": "89900.5", "c": "90050"}]
    """
    for bar in rows(response.payload):
        yield read_candle(response.symbol, instant(bar, "t", unit="s"), bar, _OHLC, price_kind=price_kind)


parse_mark_candles = partial(parse_price_candles, price_kind="mark")
parse_index_candles = partial(parse_price_candles, price_kind="index")


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``funding_rate``: settled rates, each a fraction. The venue does not state the interval.

    Sample::

        [{"t": 1767225600, "r": "-0.0003"}]
    """
    for row in rows(response.payload):
        yield read_funding_rate(response.symbol, instant(row, "t", unit="s"), row, "r", is_settled=True)


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read ``liq_orders``: ``size`` has the sign of the position, ``order_size`` is the quantity that was closed.

    Sample::

        [{"time": 1767225660, "contract": "BTC_USDT", "size": 500, "order_size": -400, "fill_price": "89010"}]
    """
    return identified(_liquidation(row) for _, row in followed_rows(response, rows(response.payload), "contract"))


def _liquidation(row: Mapping[str, Any]) -> Row:
    size, closed = number(row, "size"), number(row, "order_size")
    if not size or closed is None:
        raise InputError(
            f"a liquidation of {row['contract']} has size {row['size']!r} and order_size {row['order_size']!r}; "
            "expected two numbers, the first not 0; the response's format has changed"
        )
    return liquidation_event(
        text(row, "contract"),
        instant(row, "time", unit="s"),
        row,
        position_side="long" if size > 0 else "short",
        quantity_native=abs(closed),
        native_unit="contract",
        price_usd_native=number(row, "fill_price"),
        price_kind="fill",
        coverage="full",
    )


_feed = partial(
    Feed, weight="1 of 200 requests in 10 seconds per IP", evidence="Gate APIv4 documentation, futures and delivery"
)
_candles = partial(_feed, path="api/v4/futures/{settle}/candlesticks", label_spacing=BAR, page_rows=1000)
_OPEN_INTEREST = Reading("gate_open_interest", OPEN_INTEREST, "instant", parse_open_interest)
_FUNDING_RATE = Reading("gate_funding_rate", FUNDING_RATE, "instant", parse_current_funding)


def _is_perpetual_in(settle: str) -> Callable[[Instrument], bool]:
    return lambda instrument: is_perpetual(instrument) and instrument.settle == settle


def _ratio(collector: str, field: str, basis: RatioBasis) -> Reading:
    return Reading(collector, LONG_SHORT_RATIO, "end", partial(parse_ratio, field=field, basis=basis))


GATE = VenueApi(
    api_id="gate",
    venue="gate",
    ccxt_id="gate",
    instrument_collector="gate_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="tickers_usdt",
            path="api/v4/futures/{settle}/tickers",
            request=call("publicFuturesGetSettleTickers", lambda _instrument, _window: {"settle": "usdt"}),
            readings=(_OPEN_INTEREST, _FUNDING_RATE),
            is_bulk=True,
            applies_to=_is_perpetual_in("USDT"),
        ),
        _feed(
            name="tickers_btc",
            path="api/v4/futures/{settle}/tickers",
            request=call("publicFuturesGetSettleTickers", lambda _instrument, _window: {"settle": "btc"}),
            readings=(_OPEN_INTEREST, _FUNDING_RATE),
            is_bulk=True,
            applies_to=_is_perpetual_in("BTC"),
        ),
        _feed(
            name="tickers_delivery",
            path="api/v4/delivery/{settle}/tickers",
            request=call("publicDeliveryGetSettleTickers", lambda _instrument, _window: {"settle": "usdt"}),
            readings=(_OPEN_INTEREST,),
            is_bulk=True,
            applies_to=lambda instrument: not is_perpetual(instrument),
        ),
        _feed(
            name="contract_stats",
            path="api/v4/futures/{settle}/contract_stats",
            request=call("publicFuturesGetSettleContractStats", _stats_parameters),
            # The label is not documented. It is assumed to be the end of the bar (docs/methodology/gate.md).
            readings=(
                Reading("gate_open_interest_history", OPEN_INTEREST, "end", parse_open_interest_history),
                Reading("gate_liquidation_sums", LIQUIDATION, "end", parse_liquidation_sums),
                _ratio("gate_long_short_accounts", "lsr_account", "accounts"),
                _ratio("gate_long_short_top_accounts", "top_lsr_account", "top_accounts"),
                _ratio("gate_long_short_top_positions", "top_lsr_size", "top_positions"),
                _ratio("gate_long_short_taker_flow", "lsr_taker", "taker_flow"),
            ),
            label_spacing=BAR,
            page_rows=100,
            applies_to=is_perpetual,
        ),
        _candles(
            name="candle_trade",
            request=_request_candles,
            readings=(Reading("gate_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _candles(
            name="candle_mark",
            request=partial(_request_candles, prefix="mark_"),
            readings=(Reading("gate_candle_mark", CANDLE, "start", parse_mark_candles),),
        ),
        _candles(
            name="candle_index",
            request=partial(_request_candles, prefix="index_"),
            readings=(Reading("gate_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate_history",
            path="api/v4/futures/{settle}/funding_rate",
            request=call(
                "publicFuturesGetSettleFundingRate",
                lambda instrument, window: {**_span(instrument, window), "limit": 1000},
            ),
            readings=(Reading("gate_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
            label_spacing=timedelta(hours=1),
            page_rows=1000,
            applies_to=is_perpetual,
        ),
        _feed(
            name="liquidation_orders",
            path="api/v4/futures/{settle}/liq_orders",
            request=call(
                "publicFuturesGetSettleLiqOrders",
                lambda instrument, window: {**_span(instrument, window), "limit": 100},
            ),
            readings=(Reading("gate_liquidation_orders", LIQUIDATION_EVENT, "instant", parse_liquidations, None),),
            # A page is one hour, the longest span that the venue allows.
            label_spacing=timedelta(seconds=36),
            page_rows=100,
            # The venue keeps more. For older liquidations, the sums of contract_stats need a hundredth of the requests.
            retention=timedelta(days=1),
            applies_to=is_perpetual,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap", "future"]}},
)
