"""Bitget: USDT, USDC and coin-margined futures, all counted in base coins. It has no history of open interest.

What belongs here: endpoints and fields of its v2 API. What does not: liquidations, which come from the stream
(liquidation_stream.py). The v3 list of liquidations is not read: its unit is not documented
(docs/methodology/bitget.md).
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ingestion.api.feed import BAR, Exchange, Feed, Instrument, Reading, Response, VenueApi
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest, read_ratio
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import followed_rows
from ingestion.api.rows import Row
from ingestion.records import CANDLE, FUNDING_RATE, LONG_SHORT_RATIO, OPEN_INTEREST, PriceKind

_PAGE_ROWS = 200
_USD_QUOTES = ("USD", "USDT", "USDC")
_STABLE_PRODUCTS = {"USDT": "USDT-FUTURES", "USDC": "USDC-FUTURES"}
_COIN_PRODUCT = "COIN-FUTURES"
# These two paths allow one request a second. ccxt's limiter allows a cost of 20 a second.
_RATIO_COST = 20


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``mix/market/contracts``. None for simulated products and stocks.

    Sample::

        [{"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "symbolType": "perpetual",
          "symbolStatus": "normal", "launchTime": "1584230400000", "deliveryTime": ""},
         {"symbol": "BTCPERP", "baseCoin": "BTC", "quoteCoin": "USDC", "symbolType": "perpetual",
          "symbolStatus": "normal", "launchTime": "", "deliveryTime": ""},
         {"symbol": "BTCUSDZ26", "baseCoin": "BTC", "quoteCoin": "USD", "symbolType": "delivery",
          "symbolStatus": "normal", "launchTime": "", "deliveryTime": "1798185600000"}]
    """
    info = mapping(market, "info")
    quote = text(info, "quoteCoin")
    if quote not in _USD_QUOTES or info.get("isRwa") == "YES":
        return None
    is_dated = text(info, "symbolType") == "delivery"
    is_linear = quote != "USD"
    base = text(info, "baseCoin")
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=base,
        quote=quote,
        # Coin-margined contracts accept several coins as margin, and settle in the base coin.
        settle=quote if is_linear else base,
        market_type="dated" if is_dated else "perpetual",
        settlement="linear" if is_linear else "inverse",
        contract_unit="base",
        contract_size=1.0,
        listed_at=instant(info, "launchTime") if info.get("launchTime") else None,
        expiry_at=instant(info, "deliveryTime") if is_dated else None,
        is_trading=text(info, "symbolStatus") == "normal",
        payload=info,
    )


def _product_of(instrument: Instrument) -> str:
    return _STABLE_PRODUCTS.get(instrument.settle, _COIN_PRODUCT)


def _contract(instrument: Instrument) -> dict[str, str]:
    return {"symbol": instrument.symbol, "productType": _product_of(instrument)}


def _candle_parameters(instrument: Any, window: Any) -> dict[str, str | int]:
    # The venue counts the rows of a page back from its end, so the end must lie before the labels of the next page.
    span = span_milliseconds(window, "startTime", "endTime")
    return {**_contract(instrument), "granularity": "5m", **span, "limit": _PAGE_ROWS}


async def _request_ratio(exchange: Exchange, instrument: Any, _window: Any, *, path: str) -> Any:
    # ccxt 4.5.90 declares one of the two paths private. Both are public.
    return await exchange.request(
        path, ["public", "mix"], "GET", {"symbol": instrument.symbol, "period": "5m"}, config={"cost": _RATIO_COST}
    )


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``holdingAmount`` of ``tickers``, in base coins, and the mark price.

    Sample::

        {"data": [{"symbol": "BTCUSDT", "ts": "1767225600750", "holdingAmount": "25000.5", "markPrice": "90000"},
                  {"symbol": "BTCPERP", "ts": "1767225600750", "holdingAmount": "150.25", "markPrice": "90000"},
                  {"symbol": "BTCUSDZ26", "ts": "1767225600750", "holdingAmount": "20.5", "markPrice": "91000"}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        yield read_open_interest(
            instrument.symbol, instant(row, "ts"), row, "holdingAmount", "base", price_usd="markPrice"
        )


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``history-candles``: label, prices, volume in base coins, turnover in USD.

    Sample::

        {"data": [["1767225600000", "90000.1", "90100", "89900.5", "90050", "12.5", "1125625"]]}
    """
    for bar in rows(response.payload, "data"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), volume=5, unit="base", turnover_usd=6)


def parse_price_candles(response: Response, price_kind: PriceKind) -> Iterable[Row]:
    """Read candles of the mark price or the index. They have no volume: zeros stand in its place.

    Sample::

        {"data": [["1767225600000", "90000.1", "90100", "89900.5", "90050", "0", "0"]]}
    """
    for bar in rows(response.payload, "data"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), price_kind=price_kind)


parse_mark_candles = partial(parse_price_candles, price_kind="mark")
parse_index_candles = partial(parse_price_candles, price_kind="index")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read ``current-fund-rate``: the running rate, a fraction, and its interval in hours.

    Sample::

        {"requestTime": 1767225601250,
         "data": [{"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingRateInterval": "4"}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        at = instant(response.payload, "requestTime")
        hours = number(row, "fundingRateInterval")
        yield read_funding_rate(instrument.symbol, at, row, "fundingRate", is_settled=False, hours=hours)


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``history-fund-rate``: settled rates, each a fraction. The venue does not state the interval.

    Sample::

        {"data": [{"symbol": "BTCUSDT", "fundingRate": "-0.0003", "fundingTime": "1767225600000"}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        yield read_funding_rate(instrument.symbol, instant(row, "fundingTime"), row, "fundingRate", is_settled=True)


def parse_accounts(response: Response) -> Iterable[Row]:
    """Read the shares of accounts. The field of the ratio does not hold long / short and is not read.

    Sample::

        {"data": [{"longAccountRatio": "0.58", "shortAccountRatio": "0.42", "longShortAccountRatio": "0.0138",
                   "ts": "1767225600000"}]}
    """
    for row in rows(response.payload, "data"):
        yield read_ratio(
            response.symbol, instant(row, "ts"), row, "accounts", ("longAccountRatio", "shortAccountRatio")
        )


def parse_positions(response: Response) -> Iterable[Row]:
    """Read the shares of positions. The field of the ratio does not hold long / short and is not read.

    Sample::

        {"data": [{"longPositionRatio": "0.51", "shortPositionRatio": "0.49", "longShortPositionRatio": "0.0104",
                   "ts": "1767225600000"}]}
    """
    for row in rows(response.payload, "data"):
        sides = ("longPositionRatio", "shortPositionRatio")
        yield read_ratio(response.symbol, instant(row, "ts"), row, "top_positions", sides)


_feed = partial(
    Feed,
    weight="1 of 20 requests a second per IP",
    evidence="Bitget API documentation, contract market (v2) and unified account (v3)",
)
_candles = partial(_feed, label_spacing=BAR, page_rows=_PAGE_ROWS)
_ratio = partial(_feed, weight="1 of 1 request a second per IP", applies_to=is_perpetual)


def _tickers(name: str, product: str) -> Feed:
    return _feed(
        name=name,
        path="api/v2/mix/market/tickers",
        request=call("publicMixGetV2MixMarketTickers", lambda _instrument, _window: {"productType": product}),
        readings=(Reading("bitget_open_interest", OPEN_INTEREST, "instant", parse_open_interest),),
        is_bulk=True,
        applies_to=lambda instrument: _product_of(instrument) == product,
    )


BITGET = VenueApi(
    api_id="bitget",
    venue="bitget",
    ccxt_id="bitget",
    instrument_collector="bitget_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _tickers("tickers_usdt", "USDT-FUTURES"),
        _tickers("tickers_usdc", "USDC-FUTURES"),
        _tickers("tickers_coin", "COIN-FUTURES"),
        _candles(
            name="candle_trade",
            path="api/v2/mix/market/history-candles",
            request=call("publicMixGetV2MixMarketHistoryCandles", _candle_parameters),
            readings=(Reading("bitget_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _candles(
            name="candle_mark",
            path="api/v2/mix/market/history-mark-candles",
            request=call("publicMixGetV2MixMarketHistoryMarkCandles", _candle_parameters),
            readings=(Reading("bitget_candle_mark", CANDLE, "start", parse_mark_candles),),
        ),
        _candles(
            name="candle_index",
            path="api/v2/mix/market/history-index-candles",
            request=call("publicMixGetV2MixMarketHistoryIndexCandles", _candle_parameters),
            readings=(Reading("bitget_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate",
            path="api/v2/mix/market/current-fund-rate",
            request=call("publicMixGetV2MixMarketCurrentFundRate", lambda instrument, _window: _contract(instrument)),
            readings=(Reading("bitget_funding_rate", FUNDING_RATE, "instant", parse_current_funding),),
            applies_to=is_perpetual,
        ),
        # The endpoint takes no range. Each response has the newest 100 settlements: a month of 8-hour intervals.
        _feed(
            name="funding_rate_history",
            path="api/v2/mix/market/history-fund-rate",
            request=call(
                "publicMixGetV2MixMarketHistoryFundRate",
                lambda instrument, _window: {**_contract(instrument), "pageSize": 100},
            ),
            readings=(Reading("bitget_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
            applies_to=is_perpetual,
        ),
        _ratio(
            name="long_short_accounts",
            path="api/v2/mix/market/account-long-short",
            request=partial(_request_ratio, path="v2/mix/market/account-long-short"),
            readings=(Reading("bitget_long_short_accounts", LONG_SHORT_RATIO, "instant", parse_accounts),),
        ),
        _ratio(
            name="long_short_positions",
            path="api/v2/mix/market/position-long-short",
            request=partial(_request_ratio, path="v2/mix/market/position-long-short"),
            readings=(Reading("bitget_long_short_positions", LONG_SHORT_RATIO, "instant", parse_positions),),
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap"]}},
)
