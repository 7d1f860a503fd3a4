"""Candles of HTX's trades, 5 minutes each, volume in contracts."""

from collections.abc import Iterable
from functools import partial

from ingestion.api.feed import BAR, Instrument, Reading, Response, Window
from ingestion.api.instruments import is_linear
from ingestion.api.payload import instant, number, prices, rows
from ingestion.api.requests import call, span_seconds
from ingestion.api.rows import Row, candle
from ingestion.records import CANDLE
from ingestion.venues.htx.instruments import is_inverse_dated, is_inverse_swap
from ingestion.venues.htx.requests import feed


def _parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"contract_code": instrument.symbol, "period": "5min", **span_seconds(window, "from", "to")}


def _dated_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"symbol": instrument.symbol, "period": "5min", **span_seconds(window, "from", "to")}


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read candles of trades: prices in USD, volume in contracts, turnover of linear contracts in USD.

    The venue counts every trade twice, for the buyer and for the seller. The parser halves volume and turnover.

    Sample::

        {"data": [{"id": 1767225600, "open": 89000.0, "high": 90500.0, "low": 88000.0, "close": 90000.0, "vol": 3000,
                   "amount": 3.0, "trade_turnover": 270000.0}]}
    """
    for bar in rows(response.payload, "data"):
        both_sides = number(bar, "vol")
        turnover = number(bar, "trade_turnover") if is_linear(response.instrument) else None
        yield candle(
            response.symbol,
            instant(bar, "id", unit="s"),
            bar,
            prices_usd=prices(bar, "open", "high", "low", "close"),
            volume_native=None if both_sides is None else both_sides / 2,
            native_unit="contract",
            turnover_usd=None if turnover is None else turnover / 2,
        )


def _candles(collector: str) -> tuple[Reading]:
    return (Reading(collector, CANDLE, "start", parse_trade_candles),)


_klines = partial(feed, label_spacing=BAR, page_rows=2000)

CANDLE_FEEDS = (
    _klines(
        name="candle_trade_linear",
        path="linear-swap-ex/market/history/kline",
        request=call("contractPublicGetLinearSwapExMarketHistoryKline", _parameters),
        readings=_candles("htx_candle_trade_linear"),
        applies_to=is_linear,
    ),
    _klines(
        name="candle_trade_inverse",
        path="swap-ex/market/history/kline",
        request=call("contractPublicGetSwapExMarketHistoryKline", _parameters),
        readings=_candles("htx_candle_trade_inverse"),
        applies_to=is_inverse_swap,
    ),
    _klines(
        name="candle_trade_inverse_dated",
        path="market/history/kline",
        request=call("contractPublicGetMarketHistoryKline", _dated_parameters),
        readings=_candles("htx_candle_trade_inverse_dated"),
        applies_to=is_inverse_dated,
    ),
)
