"""KuCoin futures: counted in lots. A lot is a fraction of a base coin (linear) or one USD (inverse).

What belongs here: its endpoints and their responses. What does not: liquidations and long/short ratios, which it does
not have.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.feed import BAR, Feed, Instrument, Reading, Response, VenueApi, Window
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.api.readers import read_candle, read_funding_rate, read_open_interest
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import followed_rows, own_rows
from ingestion.api.rows import Row
from ingestion.records import CANDLE, FUNDING_RATE, OPEN_INTEREST

_CANDLE_ROWS = 200
_OPEN_INTEREST_ROWS = 200
_FUNDING_ROWS = 100
_USD_QUOTES = ("USD", "USDT", "USDC")
_MILLISECONDS_PER_HOUR = 3_600_000
_MOVING_FIELDS = (
    "openInterest", "turnoverOf24h", "volumeOf24h", "markPrice", "indexPrice", "lastTradePrice", "lowPrice",
    "highPrice", "priceChgPct", "priceChg", "fundingFeeRate", "predictedFundingFeeRate", "nextFundingRateTime",
    "nextFundingRateDateTime",
)  # fmt: skip


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``contracts/active``. None for other quotes. Inverse contracts have the multiplier -1 (USD).

    Sample::

        {"symbol": "XBTUSDTM", "baseCurrency": "XBT", "quoteCurrency": "USDT", "settleCurrency": "USDT",
         "multiplier": 0.001, "isInverse": false, "status": "Open", "firstOpenDate": 1585555200000, "expireDate": null,
         "indexSymbol": ".KXBTUSDT"}
    """
    info = mapping(market, "info")
    if text(info, "quoteCurrency") not in _USD_QUOTES:
        return None
    multiplier = number(info, "multiplier")
    if not multiplier:
        raise InputError(f"contract {info.get('symbol')} has no multiplier; the response's format has changed")
    is_inverse = info.get("isInverse") is True
    # A perpetual that is delisted has an expireDate too. Perpetuals are named XBTUSDTM, dated contracts XBTMU26.
    is_dated = not text(info, "symbol").endswith(f"{text(info, 'quoteCurrency')}M")
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=text(info, "baseCurrency"),
        quote=text(info, "quoteCurrency"),
        settle=text(info, "settleCurrency"),
        market_type="dated" if is_dated else "perpetual",
        settlement="inverse" if is_inverse else "linear",
        contract_unit="usd" if is_inverse else "base",
        contract_size=abs(multiplier),
        listed_at=instant(info, "firstOpenDate"),
        expiry_at=instant(info, "expireDate") if is_dated else None,
        is_trading=text(info, "status") == "Open",
        # The contract also has current prices. With them, every tick would land a new specification.
        payload={key: value for key, value in info.items() if key not in _MOVING_FIELDS},
    )


def _open_interest_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    span = span_milliseconds(window, "startAt", "endAt")
    return {"symbol": instrument.symbol, "interval": "5min", **span, "pageSize": _OPEN_INTEREST_ROWS}


def _candle_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"symbol": instrument.symbol, "granularity": 5, **span_milliseconds(window, "from", "to")}


def _index_candle_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {**_candle_parameters(instrument, window), "symbol": text(instrument.payload, "indexSymbol")}


def _funding_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"symbol": instrument.symbol, **span_milliseconds(window, "from", "to")}


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read open interest of ``contracts/active``, in lots, at the time of receipt: the response has no time.

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "openInterest": "8724443", "markPrice": 90000.5, "fundingFeeRate": 0.0001,
                   "fundingRateGranularity": 28800000}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        at = response.received_at
        yield read_open_interest(instrument.symbol, at, row, "openInterest", "contract", price_usd="markPrice")


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the rate of the next settlement in ``contracts/active``, a fraction.

    ``predictedFundingFeeRate`` is the rate of the settlement after it, and is not read.

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "openInterest": "8724443", "markPrice": 90000.5, "fundingFeeRate": 0.0001,
                   "fundingRateGranularity": 28800000}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        if not is_perpetual(instrument):
            continue
        # The venue added this field later than the others, so older responses do not have it.
        interval = number(row, "fundingRateGranularity") if "fundingRateGranularity" in row else None
        hours = None if interval is None else interval / _MILLISECONDS_PER_HOUR
        at = response.received_at
        yield read_funding_rate(instrument.symbol, at, row, "fundingFeeRate", is_settled=False, hours=hours)


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``market/open-interest``: levels in lots.

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "openInterest": "8053960", "ts": 1767225600000}]}
    """
    for row in own_rows(rows(response.payload, "data"), symbol=response.symbol):
        yield read_open_interest(response.symbol, instant(row, "ts"), row, "openInterest", "contract")


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``contract/funding-rates``: settled rates, each a fraction. The venue does not state the interval.

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "fundingRate": -2.26e-4, "timepoint": 1767225600000}]}
    """
    for row in own_rows(rows(response.payload, "data"), symbol=response.symbol):
        yield read_funding_rate(response.symbol, instant(row, "timepoint"), row, "fundingRate", is_settled=True)


def parse_trade_candles(response: Response) -> Iterable[Row]:
    """Read ``kline/query`` of a contract: prices in USD, volume in lots.

    Sample::

        {"data": [[1767225600000, 89000.5, 90500.0, 88000.0, 90000.0, 78051, 7024590.0]]}
    """
    for bar in rows(response.payload, "data"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), volume=5, unit="contract")


def parse_index_candles(response: Response) -> Iterable[Row]:
    """Read ``kline/query`` of an index: prices in USD. It has no volume.

    Sample::

        {"data": [[1767225600000, 89000.5, 90500.0, 88000.0, 90000.0]]}
    """
    for bar in rows(response.payload, "data"):
        yield read_candle(response.symbol, instant(bar, 0), bar, (1, 2, 3, 4), price_kind="index")


_feed = partial(Feed, evidence="KuCoin API documentation, futures and unified account, market data")
_candles = partial(
    _feed, path="api/v1/kline/query", weight="3 of 2000 in 30 seconds per IP", label_spacing=BAR, page_rows=_CANDLE_ROWS
)

KUCOIN = VenueApi(
    api_id="kucoin",
    venue="kucoin",
    ccxt_id="kucoinfutures",
    instrument_collector="kucoin_instrument",
    parse_instrument=parse_instrument,
    feeds=(
        _feed(
            name="contracts",
            path="api/v1/contracts/active",
            request=call("futuresPublicGetContractsActive", lambda _instrument, _window: {}),
            readings=(
                Reading("kucoin_open_interest", OPEN_INTEREST, "instant", parse_open_interest),
                Reading("kucoin_funding_rate", FUNDING_RATE, "instant", parse_current_funding),
            ),
            weight="3 of 2000 in 30 seconds per IP",
            is_bulk=True,
        ),
        _feed(
            name="open_interest_history",
            path="api/ua/v1/market/open-interest",
            request=call("utaGetMarketOpenInterest", _open_interest_parameters),
            readings=(Reading("kucoin_open_interest_history", OPEN_INTEREST, "instant", parse_open_interest_history),),
            weight="10 of 2000 in 30 seconds per IP",
            label_spacing=BAR,
            page_rows=_OPEN_INTEREST_ROWS,
        ),
        _candles(
            name="candle_trade",
            request=call("futuresPublicGetKlineQuery", _candle_parameters),
            readings=(Reading("kucoin_candle_trade", CANDLE, "start", parse_trade_candles),),
        ),
        _candles(
            name="candle_index",
            request=call("futuresPublicGetKlineQuery", _index_candle_parameters),
            readings=(Reading("kucoin_candle_index", CANDLE, "start", parse_index_candles),),
        ),
        _feed(
            name="funding_rate_history",
            path="api/v1/contract/funding-rates",
            request=call("futuresPublicGetContractFundingRates", _funding_parameters),
            readings=(Reading("kucoin_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
            weight="5 of 2000 in 30 seconds per IP",
            label_spacing=timedelta(hours=1),
            page_rows=_FUNDING_ROWS,
            applies_to=is_perpetual,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap", "future", "contract"], "fetchTickersFees": False}},
)
