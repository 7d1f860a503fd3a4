"""Bybit v5: linear contracts, counted in base coins, and inverse ones, counted in USD.

What belongs here: its endpoints and units, and how many sides a field counts. What does not: liquidations, which only
the stream has (liquidation_stream.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from ingestion.api.feed import BAR, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.instruments import base_or_usd, is_linear, is_perpetual
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest, read_ratio
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import followed_rows, own_rows, refuse_another
from ingestion.api.rows import Row
from ingestion.records import CANDLE, FUNDING_RATE, LONG_SHORT_RATIO, OPEN_INTEREST, MarketType, PriceKind, Settlement

_CONTRACT_TYPES: dict[str, tuple[Settlement, MarketType]] = {
    "LinearPerpetual": ("linear", "perpetual"),
    "LinearFutures": ("linear", "dated"),
    "InversePerpetual": ("inverse", "perpetual"),
    "InverseFutures": ("inverse", "dated"),
}
# All other values of `symbolType` so far mean stocks, funds, commodities or currencies.
_CRYPTO_SYMBOL_TYPES = ("", "innovation", "adventure")
_USD_QUOTES = ("USD", "USDT", "USDC")
_NO_TIME = "0"
_VALUE_FIELDS = {"openInterest": "openInterestValue", "singleOpenInterest": "singleOpenInterestValue"}


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a symbol of ``instruments-info``. None for stocks, commodities and other quotes.

    Sample::

        [{"symbol": "BTCUSDT", "contractType": "LinearPerpetual", "symbolType": "", "baseCoin": "BTC",
          "quoteCoin": "USDT", "settleCoin": "USDT", "launchTime": "1585526400000", "deliveryTime": "0",
          "status": "Trading"},
         {"symbol": "BTCUSD", "contractType": "InversePerpetual", "symbolType": "", "baseCoin": "BTC",
          "quoteCoin": "USD", "settleCoin": "BTC", "launchTime": "1542211200000", "deliveryTime": "0",
          "status": "Trading"}]
    """
    info = mapping(market, "info")
    kind = _CONTRACT_TYPES.get(str(info.get("contractType")))
    if (
        kind is None
        or (info.get("symbolType") or "") not in _CRYPTO_SYMBOL_TYPES
        or info.get("quoteCoin") not in _USD_QUOTES
    ):
        return None
    settlement, market_type = kind
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=text(info, "baseCoin"),
        quote=text(info, "quoteCoin"),
        settle=text(info, "settleCoin"),
        market_type=market_type,
        settlement=settlement,
        contract_unit="base" if settlement == "linear" else "usd",
        contract_size=1.0,
        listed_at=None if text(info, "launchTime") == _NO_TIME else instant(info, "launchTime"),
        # A perpetual that will be delisted has a delivery time too.
        expiry_at=instant(info, "deliveryTime") if market_type == "dated" else None,
        is_trading=text(info, "status") == "Trading",
        payload=info,
    )


def _history(
    begin: str, end: str, page_rows: int, **constants: str
) -> Callable[[Instrument, Any], dict[str, str | int]]:
    """Return the parameters of a page of history. Endpoints differ in the names of the two ends."""
    return lambda instrument, window: {
        "category": instrument.settlement,
        "symbol": instrument.symbol,
        **constants,
        **span_milliseconds(window, begin, end),
        "limit": page_rows,
    }


def _native_field(row: Mapping[str, Any]) -> str:
    # The single side where the venue states it. The name of the field tells dbt how many sides the number counts.
    return "openInterest" if row.get("singleOpenInterest") in (None, "") else "singleOpenInterest"


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read open interest of ``tickers``: base coins and their value in USD (linear), or USD (inverse).

    The value of inverse contracts is in coins and stays in the payload.

    Sample::

        {"time": 1767225601250,
         "result": {"list": [{"symbol": "BTCUSDT", "openInterest": "50000.5", "openInterestValue": "4500045000",
                              "singleOpenInterest": "25000.25", "singleOpenInterestValue": "2250022500",
                              "markPrice": "90000.00"},
                             {"symbol": "BTCUSD", "openInterest": "400000000", "openInterestValue": "4444.44",
                              "markPrice": "90000.00"}]}}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "result", "list"), "symbol"):
        field = _native_field(row)
        value = _VALUE_FIELDS[field] if is_linear(instrument) else None
        at, unit = instant(response.payload, "time"), base_or_usd(instrument)
        yield read_open_interest(instrument.symbol, at, row, field, unit, value_usd=value, price_usd="markPrice")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running funding rate of perpetuals in ``tickers``, a fraction per interval.

    Sample::

        {"time": 1767225601250,
         "result": {"list": [{"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingIntervalHour": "8"},
                             {"symbol": "BTCUSD", "fundingRate": "0.0001", "fundingIntervalHour": "8"}]}}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "result", "list"), "symbol"):
        if is_perpetual(instrument):
            at = instant(response.payload, "time")
            hours = number(row, "fundingIntervalHour")
            yield read_funding_rate(instrument.symbol, at, row, "fundingRate", is_settled=False, hours=hours)


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``open-interest``: levels, in base coins (linear) or USD (inverse).

    Sample::

        {"result": {"symbol": "BTCUSDT", "category": "linear",
                    "list": [{"openInterest": "50000.5", "singleOpenInterest": "25000.25",
                              "timestamp": "1767225600000"}]}}
    """
    instrument = response.instrument
    refuse_another(mapping(response.payload, "result"), symbol=instrument.symbol)
    for row in rows(response.payload, "result", "list"):
        field = _native_field(row)
        yield read_open_interest(instrument.symbol, instant(row, "timestamp"), row, field, base_or_usd(instrument))


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``funding/history``: settled rates, each a fraction. The venue does not state the interval.

    Sample::

        {"result": {"list": [{"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingRateTimestamp": "1767225600000"}]}}
    """
    for row in own_rows(rows(response.payload, "result", "list"), symbol=response.symbol):
        yield read_funding_rate(
            response.symbol, instant(row, "fundingRateTimestamp"), row, "fundingRate", is_settled=True
        )


def parse_account_ratio(response: Response) -> Iterable[Row]:
    """Read ``account-ratio``: the shares of accounts that are long and short.

    Sample::

        {"result": {"list": [{"symbol": "BTCUSDT", "buyRatio": "0.6", "sellRatio": "0.4",
                              "timestamp": "1767225600000"}]}}
    """
    for row in own_rows(rows(response.payload, "result", "list"), symbol=response.symbol):
        yield read_ratio(response.symbol, instant(row, "timestamp"), row, "accounts", ("buyRatio", "sellRatio"))


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``kline``: label, prices, volume and turnover.

    Linear contracts have volume in base coins and turnover in USD; inverse ones have volume in USD and turnover in
    coins. The turnover in coins stays in the payload.

    Sample::

        {"result": {"symbol": "BTCUSDT", "category": "linear",
                    "list": [["1767225600000", "90000.1", "90100", "89900.5", "90050", "12.5", "1125625"]]}}
    """
    instrument = response.instrument
    refuse_another(mapping(response.payload, "result"), symbol=instrument.symbol)
    unit, turnover = base_or_usd(instrument), 6 if is_linear(instrument) else None
    for bar in rows(response.payload, "result", "list"):
        at = instant(bar, 0)
        yield read_candle(instrument.symbol, at, bar, (1, 2, 3, 4), volume=5, unit=unit, turnover_usd=turnover)


def parse_price_candles(response: Response, price_kind: PriceKind) -> Iterable[Row]:
    """Read ``mark-price-kline`` or ``index-price-kline``: label and prices.

    Sample::

        {"result": {"symbol": "BTCUSDT", "category": "linear",
                    "list": [["1767225600000", "90000.1", "90100", "89900.5", "90050"]]}}
    """
    refuse_another(mapping(response.payload, "result"), symbol=response.symbol)
    for bar in rows(response.payload, "result", "list"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), price_kind=price_kind)


parse_mark_candles = partial(parse_price_candles, price_kind="mark")
parse_index_candles = partial(parse_price_candles, price_kind="index")

_feed = partial(Feed, weight="1 of 600 requests in 5 seconds per IP", evidence="Bybit v5 API documentation, market")
_candles = partial(_feed, label_spacing=BAR, page_rows=1000)
_CANDLE_PARAMETERS = _history("start", "end", 1000, interval="5")


def _tickers(name: str, settlement: Settlement) -> Feed:
    return _feed(
        name=name,
        path="v5/market/tickers",
        request=call("publicGetV5MarketTickers", lambda _instrument, _window: {"category": settlement}),
        readings=(
            Reading("bybit_open_interest", OPEN_INTEREST, "instant", parse_open_interest),
            Reading("bybit_funding_rate", FUNDING_RATE, "instant", parse_current_funding),
        ),
        is_bulk=True,
        applies_to=lambda instrument: instrument.settlement == settlement,
    )


BYBIT = VenueApi(
    api_id="bybit",
    venue="bybit",
    ccxt_id="bybit",
    instrument_collector="bybit_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _tickers("tickers_linear", "linear"),
        _tickers("tickers_inverse", "inverse"),
        _feed(
            name="open_interest_history",
            path="v5/market/open-interest",
            request=call("publicGetV5MarketOpenInterest", _history("startTime", "endTime", 200, intervalTime="5min")),
            readings=(Reading("bybit_open_interest_history", OPEN_INTEREST, "instant", parse_open_interest_history),),
            label_spacing=BAR,
            page_rows=200,
        ),
        _candles(
            name="candle_trade",
            path="v5/market/kline",
            request=call("publicGetV5MarketKline", _CANDLE_PARAMETERS),
            readings=(Reading("bybit_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _candles(
            name="candle_mark",
            path="v5/market/mark-price-kline",
            request=call("publicGetV5MarketMarkPriceKline", _CANDLE_PARAMETERS),
            readings=(Reading("bybit_candle_mark", CANDLE, "start", parse_mark_candles),),
        ),
        _candles(
            name="candle_index",
            path="v5/market/index-price-kline",
            request=call("publicGetV5MarketIndexPriceKline", _CANDLE_PARAMETERS),
            readings=(Reading("bybit_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate_history",
            path="v5/market/funding/history",
            request=call("publicGetV5MarketFundingHistory", _history("startTime", "endTime", 200)),
            readings=(Reading("bybit_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
            label_spacing=timedelta(hours=1),
            page_rows=200,
            applies_to=is_perpetual,
        ),
        _feed(
            name="long_short_accounts",
            path="v5/market/account-ratio",
            request=call("publicGetV5MarketAccountRatio", _history("startTime", "endTime", 500, period="5min")),
            readings=(Reading("bybit_long_short_accounts", LONG_SHORT_RATIO, "instant", parse_account_ratio),),
            label_spacing=BAR,
            page_rows=500,
            applies_to=is_perpetual,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["linear", "inverse"]}},
)
