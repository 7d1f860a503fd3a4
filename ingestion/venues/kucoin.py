"""KuCoin futures: counted in lots, of a fraction of a base coin (linear) or of one USD (inverse).

What belongs here: its endpoints and their responses. What does not: liquidations and long/short ratios (it has none).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.feed import BAR, Feed, Instrument, Reading, Response, VenueApi, Window
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, mapping, number, prices, rows, text
from ingestion.api.readers import read_funding_rate, read_open_interest
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import followed_rows, own_rows
from ingestion.api.rows import Row, candle
from ingestion.records import CANDLE, FUNDING_RATE, OPEN_INTEREST, PriceKind

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
    """Read a contract of ``contracts/active``. None for other quotes. The multiplier of inverse contracts is -1 (USD).

    Raises InputError when a field is missing or of a wrong type.

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
    is_dated = info.get("expireDate") is not None
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
        # The moment's prices stand beside the specification: they would make every tick a new one.
        payload={key: value for key, value in info.items() if key not in _MOVING_FIELDS},
    )


def _open_interest_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    span = span_milliseconds(window, "startAt", "endAt")
    return {"symbol": instrument.symbol, "interval": "5min", **span, "pageSize": _OPEN_INTEREST_ROWS}


def _funding_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    return {"symbol": instrument.symbol, **span_milliseconds(window, "from", "to")}


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read open interest out of ``contracts/active``: lots, as of the receipt (the response has no time).

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "openInterest": "8724443", "markPrice": 90000.5, "fundingFeeRate": 0.0001,
                   "fundingRateGranularity": 28800000}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        yield read_open_interest(
            instrument.symbol, response.received_at, row, "openInterest", "contract", price_usd="markPrice"
        )


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the rate of the next settlement out of ``contracts/active``, a fraction (not the prediction after it).

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "openInterest": "8724443", "markPrice": 90000.5, "fundingFeeRate": 0.0001,
                   "fundingRateGranularity": 28800000}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "symbol"):
        if not is_perpetual(instrument):
            continue
        # Newer than the rest of the response: not every version of it states the interval.
        interval = number(row, "fundingRateGranularity") if "fundingRateGranularity" in row else None
        hours = None if interval is None else interval / _MILLISECONDS_PER_HOUR
        yield read_funding_rate(
            instrument.symbol, response.received_at, row, "fundingFeeRate", is_settled=False, hours=hours
        )


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read the history of ``market/open-interest``: levels in lots.

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "openInterest": "8053960", "ts": 1767225600000}]}
    """
    symbol = response.instrument.symbol
    for row in own_rows(rows(response.payload, "data"), symbol=symbol):
        yield read_open_interest(symbol, instant(row, "ts"), row, "openInterest", "contract")


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read ``contract/funding-rates``: settlements, a fraction each. The venue states no interval beside them.

    Sample::

        {"data": [{"symbol": "XBTUSDTM", "fundingRate": -2.26e-4, "timepoint": 1767225600000}]}
    """
    symbol = response.instrument.symbol
    for row in own_rows(rows(response.payload, "data"), symbol=symbol):
        yield read_funding_rate(symbol, instant(row, "timepoint"), row, "fundingRate", is_settled=True)


def parse_candles(response: Response, *, price_kind: PriceKind) -> Iterable[Row]:
    """Read ``kline/query``: USD, volume of trades in lots; an index has no volume.

    Sample::

        {"data": [[1767225600000, 89000.5, 90500.0, 88000.0, 90000.0, 78051, 7024590.0]]}
    """
    is_trade = price_kind == "trade"
    for bar in rows(response.payload, "data"):
        yield candle(
            response.instrument.symbol,
            instant(bar, 0),
            bar,
            prices_usd=prices(bar, 1, 2, 3, 4),
            price_kind=price_kind,
            volume_native=number(bar, 5) if is_trade else None,
            native_unit="contract" if is_trade else None,
        )


_feed = partial(Feed, evidence="KuCoin API documentation, futures and unified account, market data")


def _candles(*, name: str, collector: str, price_kind: PriceKind, name_of: Callable[[Instrument], str]) -> Feed:
    def parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
        return {"symbol": name_of(instrument), "granularity": 5, **span_milliseconds(window, "from", "to")}

    return _feed(
        name=name,
        path="api/v1/kline/query",
        request=call("futuresPublicGetKlineQuery", parameters),
        readings=(Reading(collector, CANDLE, "start", partial(parse_candles, price_kind=price_kind)),),
        weight="3 of 2000 in 30 seconds per IP",
        label_spacing=BAR,
        page_rows=_CANDLE_ROWS,
    )


KUCOIN = VenueApi(
    api_id="kucoin",
    venue="kucoin",
    ccxt_id="kucoinfutures",
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
            collector="kucoin_candle_trade",
            price_kind="trade",
            name_of=lambda instrument: instrument.symbol,
        ),
        _candles(
            name="candle_index",
            collector="kucoin_candle_index",
            price_kind="index",
            name_of=lambda instrument: text(instrument.payload, "indexSymbol"),
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
