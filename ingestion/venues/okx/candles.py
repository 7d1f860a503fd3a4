"""OKX's candles of trades, of the mark price and of the index."""

from collections.abc import Iterable
from functools import partial

from ingestion.api.feed import BAR, Instrument, Reading, Response, Window
from ingestion.api.payload import instant, rows, text
from ingestion.api.readers import read_candle
from ingestion.api.requests import call
from ingestion.api.rows import Row
from ingestion.records import CANDLE, PriceKind
from ingestion.venues.okx.requests import PAGE_ROWS, before_and_after, feed


def _parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"instId": instrument.symbol, "bar": "5m", **before_and_after(window)}


def _index_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {**_parameters(instrument, window), "instId": text(instrument.payload, "uly")}


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read label, prices, volume in base coins (of inverse contracts too) and turnover in USD.

    Sample (the sixth value is the volume in contracts)::

        {"data": [["1767225600000", "90000.1", "90100", "89900.5", "90050", "1250", "12.5", "1125625", "1"]]}
    """
    for bar in rows(response.payload, "data"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), volume=6, unit="base", turnover_usd=7)


def parse_price_candles(response: Response, price_kind: PriceKind) -> Iterable[Row]:
    """Read label and prices of the mark price or the index. They have no volume.

    Sample::

        {"data": [["1767225600000", "90000.1", "90100", "89900.5", "90050", "1"]]}
    """
    for bar in rows(response.payload, "data"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), price_kind=price_kind)


parse_mark_candles = partial(parse_price_candles, price_kind="mark")
parse_index_candles = partial(parse_price_candles, price_kind="index")

_candles = partial(feed, label_spacing=BAR, page_rows=PAGE_ROWS)

CANDLE_FEEDS = (
    _candles(
        name="candle_trade",
        path="api/v5/market/history-candles",
        request=call("publicGetMarketHistoryCandles", _parameters),
        readings=(Reading("okx_candle_trade", CANDLE, "start", parse_trade_candles),),
        weight="1 of 20 requests in 2 seconds per IP",
    ),
    _candles(
        name="candle_mark",
        path="api/v5/market/history-mark-price-candles",
        request=call("publicGetMarketHistoryMarkPriceCandles", _parameters),
        readings=(Reading("okx_candle_mark", CANDLE, "start", parse_mark_candles),),
        weight="1 of 20 requests in 2 seconds per IP",
    ),
    _candles(
        name="candle_index",
        path="api/v5/market/history-index-candles",
        request=call("publicGetMarketHistoryIndexCandles", _index_parameters),
        readings=(Reading("okx_candle_index", CANDLE, "start", parse_index_candles),),
        weight="1 of 10 requests in 2 seconds per IP",
    ),
)
