"""Kraken Futures: linear contracts (PF, FF) counted in base coins, inverse ones (PI, FI) in USD.

What belongs here: its endpoints and their answers, among them the analytics of its charts, which ccxt does not have.
What does not: Kraken's spot market.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi, Window
from ingestion.api.payload import instant, iso_instant, mapping, milliseconds, number, rows, text
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LIQUIDATION_EVENT,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    Dataset,
    LabelConvention,
    PositionSide,
    PriceKind,
    Unit,
)

_API = "kraken"
_EVIDENCE = "Kraken Futures API, market data and charts; reference/venues.md 1.2"
_WEIGHT = "no public limit is documented; ccxt sends one in 0.6 seconds"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_PAGE_ROWS = 2000
_FUNDING = timedelta(hours=1)
_FUNDING_HOURS = 1.0
_FUNDING_SECONDS = 3600
# The venue answers with its whole history whatever is asked: pages of a year keep the number of questions small.
_FUNDING_ROWS = 366 * 24
_LINEAR_TYPES = ("flexible_futures", "futures_vanilla")
_INVERSE_TYPE = "futures_inverse"
_CHART_NAMES: dict[PriceKind, str] = {"trade": "trade", "mark": "mark", "index": "spot"}
_LIQUIDATED: dict[str, PositionSide] = {"sell": "long", "buy": "short"}

Request = Callable[[Exchange, Any, Any], Awaitable[Any]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of ``instruments``. None for indices and other quotes.

    Raises InputError when a field is missing or of a wrong type.
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
        raise InputError(f"contract {symbol} has no contractSize; the answer's format has changed")
    is_dated = "lastTradingTime" in info
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


def _unit(instrument: Instrument) -> Unit:
    return "base" if instrument.settlement == "linear" else "usd"


def _is_perpetual(instrument: Instrument) -> bool:
    return instrument.market_type == "perpetual"


def _seconds(window: Window, begin: str, end: str) -> dict[str, int]:
    # Both ends of the venue's range are included; endpoints differ in what they call them.
    return {begin: milliseconds(window.since) // 1000, end: milliseconds(window.until) // 1000 - 1}


async def _ask_tickers(exchange: Exchange, _: Any, __: Any) -> Any:
    return await exchange.publicGetTickers()


async def _ask_trades(exchange: Exchange, instrument: Any, _: Any) -> Any:
    return await exchange.publicGetHistory({"symbol": instrument.symbol})


async def _ask_settled_funding(exchange: Exchange, instrument: Any, window: Any) -> Any:
    answer = await exchange.publicGetHistoricalfundingrates({"symbol": instrument.symbol})
    # The venue takes no bounds; what lies outside of the window is another page's.
    inside = [row for row in rows(answer, "rates") if window.since <= iso_instant(row, "timestamp") < window.until]
    return {**answer, "rates": inside}


def _ask_candles(price_kind: PriceKind) -> Request:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await exchange.chartsGetPriceTypeSymbolInterval(
            {
                "price_type": _CHART_NAMES[price_kind],
                "symbol": instrument.symbol,
                "interval": "5m",
                **_seconds(window, "from", "to"),
            }
        )

    return request


def _ask_analytics(series: str) -> Request:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        query = exchange.urlencode({**_seconds(window, "since", "to"), "interval": _BAR_SECONDS})
        await exchange.throttle(1)
        return await exchange.fetch(
            f"{exchange.urls['api']['charts']}v1/analytics/{instrument.symbol}/{series}?{query}"
        )

    return request


def _followed_tickers(answer: Answer) -> Iterator[tuple[Instrument, Mapping[str, Any]]]:
    for row in rows(answer.payload, "tickers"):
        instrument = answer.instruments.get(text(row, "symbol"))
        if instrument is not None:
            yield instrument, row


def _buckets(answer: Answer) -> Iterator[tuple[Mapping[str, int], Any]]:
    problems = rows(answer.payload, "errors")
    if problems:
        raise InputError(f"the analytics of {answer.instrument.symbol} have errors: {problems}")
    labels = rows(answer.payload, "result", "timestamp")
    values = rows(answer.payload, "result", "data")
    # The two lists belong together by position alone.
    if len(labels) != len(values):
        raise InputError(
            f"{len(labels)} times and {len(values)} values do not pair up; the answer's format has changed"
        )
    for label, value in zip(labels, values, strict=True):
        yield {"timestamp": label}, value


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read open interest out of ``tickers``: base coins (linear) or USD (inverse)."""
    for instrument, row in _followed_tickers(answer):
        yield {
            "symbol": instrument.symbol,
            "stamped_at": iso_instant(answer.payload, "serverTime"),
            "native_field": "openInterest",
            "oi_native": number(row, "openInterest"),
            "native_unit": _unit(instrument),
            "value_usd_native": None,
            "price_usd_native": number(row, "markPrice"),
            "payload": row,
        }


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read the running funding rate of perpetuals out of ``tickers``, made a fraction per hour.

    The venue states the payment of a contract: USD per coin (linear), coins per USD (inverse). The mark price makes
    the fraction of the position out of it.
    """
    for instrument, row in _followed_tickers(answer):
        if not _is_perpetual(instrument):
            continue
        payment, mark_price_usd = number(row, "fundingRate"), number(row, "markPrice")
        rate = None
        if payment is not None and mark_price_usd:
            rate = payment / mark_price_usd if instrument.settlement == "linear" else payment * mark_price_usd
        yield {
            "symbol": instrument.symbol,
            "stamped_at": iso_instant(answer.payload, "serverTime"),
            "rate_native": rate,
            "native_unit": "fraction",
            "funding_interval_hours": _FUNDING_HOURS,
            "is_settled": False,
            "payload": row,
        }


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read ``historicalfundingrates``: the relative rate, a fraction per hour, labelled with the start of the hour."""
    for row in rows(answer.payload, "rates"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": iso_instant(row, "timestamp"),
            "rate_native": number(row, "relativeFundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": _FUNDING_HOURS,
            "is_settled": True,
            "payload": row,
        }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read the analytics ``open-interest``: the level at the end of each bucket of open, high, low and close."""
    for label, bar in _buckets(answer):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(label, "timestamp", unit="s"),
            "native_field": "open_interest_close",
            "oi_native": number(bar, 3),
            "native_unit": _unit(answer.instrument),
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": {**label, "open_interest": bar},
        }


def parse_long_short_ratio(answer: Answer) -> Iterable[Row]:
    """Read the analytics ``long-short-ratio``: the share of accounts that are long; the rest are short."""
    for label, share in _buckets(answer):
        row = {**label, "long_short_ratio": share}
        long = number(row, "long_short_ratio")
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "timestamp", unit="s"),
            "basis": "accounts",
            "long_native": long,
            "short_native": None if long is None else 1 - long,
            "native_unit": "fraction",
            "ratio_native": None,
            "payload": row,
        }


def parse_liquidations(answer: Answer) -> Iterable[Row]:
    """Read liquidations out of the newest trades: base coins (linear) or USD (inverse), at the price of the fill.

    The side of a trade is that of its taker, here the liquidation: one that sells closes a long. The venue lists the
    last 100 trades alone, so what liquidates between two looks may be missed.
    """
    for trade in rows(answer.payload, "history"):
        if text(trade, "type") != "liquidation":
            continue
        side = text(trade, "side")
        if side not in _LIQUIDATED:
            raise InputError(f"field side holds {side!r}, expected buy or sell; the answer's format has changed")
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": iso_instant(trade, "time"),
            "event_id": text(trade, "uid"),
            "position_side": _LIQUIDATED[side],
            "quantity_native": number(trade, "size"),
            "native_unit": _unit(answer.instrument),
            "price_usd_native": number(trade, "price"),
            "price_kind": "fill",
            "coverage": "sampled",
            "payload": trade,
        }


def candle_parser(price_kind: PriceKind) -> Callable[[Answer], Iterable[Row]]:
    """Return the parser of a chart: USD; volume of trades in base coins (linear) or USD (inverse)."""

    def parse(answer: Answer) -> Iterable[Row]:
        is_trade = price_kind == "trade"
        for bar in rows(answer.payload, "candles"):
            yield {
                "symbol": answer.instrument.symbol,
                "stamped_at": instant(bar, "time"),
                "price_kind": price_kind,
                "open_usd": number(bar, "open"),
                "high_usd": number(bar, "high"),
                "low_usd": number(bar, "low"),
                "close_usd": number(bar, "close"),
                "volume_native": number(bar, "volume") if is_trade else None,
                "native_unit": _unit(answer.instrument) if is_trade else None,
                "turnover_usd": None,
                "payload": bar,
            }

    return parse


def _reading(
    name: str,
    dataset: Dataset,
    label_convention: LabelConvention,
    interval_seconds: int | None,
    parse: Callable[[Answer], Iterable[Row]],
) -> Reading:
    return Reading(f"{_API}_{name}", dataset, label_convention, interval_seconds, parse)


def _candles(price_kind: PriceKind) -> Feed:
    return Feed(
        name=f"candle_{price_kind}",
        path=f"api/charts/v1/{_CHART_NAMES[price_kind]}/{{symbol}}/5m",
        request=_ask_candles(price_kind),
        readings=(_reading(f"candle_{price_kind}", CANDLE, "start", _BAR_SECONDS, candle_parser(price_kind)),),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_PAGE_ROWS,
    )


def _analytics(series: str, reading: Reading, applies_to: Callable[[Instrument], bool]) -> Feed:
    return Feed(
        name=series.replace("-", "_"),
        path=f"api/charts/v1/analytics/{{symbol}}/{series}",
        request=_ask_analytics(series),
        readings=(reading,),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=_PAGE_ROWS,
        applies_to=applies_to,
    )


_OPEN_INTEREST_HISTORY = _reading(
    "open_interest_history", OPEN_INTEREST, "start", _BAR_SECONDS, parse_open_interest_history
)
_LONG_SHORT_ACCOUNTS = _reading("long_short_accounts", LONG_SHORT_RATIO, "start", _BAR_SECONDS, parse_long_short_ratio)

KRAKEN = VenueApi(
    api_id=_API,
    venue="kraken",
    ccxt_id="krakenfutures",
    parse_instrument=parse_instrument,
    feeds=(
        Feed(
            name="tickers",
            path="derivatives/api/v3/tickers",
            request=_ask_tickers,
            readings=(
                _reading("open_interest", OPEN_INTEREST, "instant", _BAR_SECONDS, parse_open_interest),
                _reading("funding_rate", FUNDING_RATE, "instant", _BAR_SECONDS, parse_current_funding),
            ),
            weight=_WEIGHT,
            evidence=_EVIDENCE,
            is_bulk=True,
        ),
        _analytics("open-interest", _OPEN_INTEREST_HISTORY, lambda _: True),
        _analytics("long-short-ratio", _LONG_SHORT_ACCOUNTS, _is_perpetual),
        _candles("trade"),
        _candles("mark"),
        _candles("index"),
        Feed(
            name="funding_rate_history",
            path="derivatives/api/v4/historicalfundingrates",
            request=_ask_settled_funding,
            readings=(
                _reading("funding_rate_history", FUNDING_RATE, "start", _FUNDING_SECONDS, parse_settled_funding),
            ),
            weight=_WEIGHT,
            evidence=f"{_EVIDENCE}, 5",
            label_spacing=_FUNDING,
            page_rows=_FUNDING_ROWS,
            applies_to=_is_perpetual,
        ),
        Feed(
            name="liquidations",
            path="derivatives/api/v3/history",
            request=_ask_trades,
            readings=(_reading("liquidation", LIQUIDATION_EVENT, "instant", None, parse_liquidations),),
            weight=_WEIGHT,
            evidence=f"{_EVIDENCE}, 3.1",
        ),
    ),
)
