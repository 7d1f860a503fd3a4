"""Bybit v5: linear contracts, counted in base coins, and inverse ones, counted in USD.

What belongs here: its endpoints, units and sides of fields. What does not: liquidations, which only its stream has.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    MarketType,
    PriceKind,
    Settlement,
    Unit,
)

_API = "bybit"
_EVIDENCE = "Bybit v5 API documentation, market"
_WEIGHT = "1 of 600 requests in 5 seconds and IP"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_CONTRACT_TYPES: dict[str, tuple[Settlement, MarketType]] = {
    "LinearPerpetual": ("linear", "perpetual"),
    "LinearFutures": ("linear", "dated"),
    "InversePerpetual": ("inverse", "perpetual"),
    "InverseFutures": ("inverse", "dated"),
}
# Every other `symbolType` so far is of stocks, funds, commodities or currencies.
_CRYPTO_SYMBOL_TYPES = ("", "innovation", "adventure")
_USD_QUOTES = ("USD", "USDT", "USDC")
_NO_TIME = "0"

Request = Callable[[Exchange, Any, Any], Awaitable[Any]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a symbol of ``instruments-info``. None for stocks, commodities and other quotes.

    Raises InputError when a field is missing or of a wrong type.
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
        contract_unit=_unit(settlement),
        contract_size=1.0,
        listed_at=None if text(info, "launchTime") == _NO_TIME else instant(info, "launchTime"),
        # A perpetual has a delivery time too: that of its delisting.
        expiry_at=instant(info, "deliveryTime") if market_type == "dated" else None,
        is_trading=text(info, "status") == "Trading",
        payload=info,
    )


def _unit(settlement: Settlement) -> Unit:
    return "base" if settlement == "linear" else "usd"


def _is_perpetual(instrument: Instrument) -> bool:
    return instrument.market_type == "perpetual"


def _ask_tickers(settlement: Settlement) -> Request:
    async def request(exchange: Exchange, _: Any, __: Any) -> Any:
        return await exchange.publicGetV5MarketTickers({"category": settlement})

    return request


def _ask_history(method: str, begin: str, end: str, limit: int, **constants: str) -> Request:
    # Both ends of the venue's range are included; endpoints differ in what they call them.
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        return await getattr(exchange, method)(
            {
                "category": instrument.settlement,
                "symbol": instrument.symbol,
                **constants,
                begin: milliseconds(window.since),
                end: milliseconds(window.until) - 1,
                "limit": limit,
            }
        )

    return request


def _series(answer: Answer) -> Sequence[Any]:
    _refuse_another(mapping(answer.payload, "result"), answer)
    return rows(answer.payload, "result", "list")


def _own_rows(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for row in rows(answer.payload, "result", "list"):
        _refuse_another(row, answer)
        yield row


def _refuse_another(named: Mapping[str, Any], answer: Answer) -> None:
    symbol = text(named, "symbol")
    if symbol != answer.instrument.symbol:
        raise InputError(
            f"asked for {answer.instrument.symbol}, the answer is about {symbol}; look the contract up again"
        )


def _followed_rows(answer: Answer) -> Iterator[tuple[Instrument, Mapping[str, Any]]]:
    for row in rows(answer.payload, "result", "list"):
        instrument = answer.instruments.get(text(row, "symbol"))
        if instrument is not None:
            yield instrument, row


def _open_interest(row: Mapping[str, Any], instrument: Instrument) -> Row:
    # The single side where the venue states it; which field it is says how many sides it counts.
    field = "openInterest" if row.get("singleOpenInterest") in (None, "") else "singleOpenInterest"
    return {
        "symbol": instrument.symbol,
        "native_field": field,
        "oi_native": number(row, field),
        "native_unit": _unit(instrument.settlement),
        "value_usd_native": None,
        "price_usd_native": None,
        "payload": row,
    }


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read open interest out of ``tickers``: base coins and their value (linear) or USD (inverse).

    The value of inverse contracts is in coins and stays in the payload.
    """
    for instrument, row in _followed_rows(answer):
        read = _open_interest(row, instrument)
        yield {
            **read,
            "stamped_at": instant(answer.payload, "time"),
            "value_usd_native": number(row, f"{read['native_field']}Value")
            if instrument.settlement == "linear"
            else None,
            "price_usd_native": number(row, "markPrice"),
        }


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read the running funding rate of perpetuals out of ``tickers``, a fraction per interval."""
    for instrument, row in _followed_rows(answer):
        if _is_perpetual(instrument):
            yield {
                "symbol": instrument.symbol,
                "stamped_at": instant(answer.payload, "time"),
                "rate_native": number(row, "fundingRate"),
                "native_unit": "fraction",
                "funding_interval_hours": number(row, "fundingIntervalHour"),
                "is_settled": False,
                "payload": row,
            }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read ``open-interest``: levels, in base coins (linear) or USD (inverse)."""
    for row in _series(answer):
        yield {**_open_interest(row, answer.instrument), "stamped_at": instant(row, "timestamp")}


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read ``funding/history``: settlements, a fraction each. The venue states no interval beside them."""
    for row in _own_rows(answer):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "fundingRateTimestamp"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
            "payload": row,
        }


def parse_account_ratio(answer: Answer) -> Iterable[Row]:
    """Read ``account-ratio``: the shares of accounts that are long and short."""
    for row in _own_rows(answer):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "timestamp"),
            "basis": "accounts",
            "long_native": number(row, "buyRatio"),
            "short_native": number(row, "sellRatio"),
            "native_unit": "fraction",
            "ratio_native": None,
            "payload": row,
        }


def candle_parser(price_kind: PriceKind) -> Callable[[Answer], Iterable[Row]]:
    """Return the parser of ``kline`` and its siblings.

    Volume is in base coins and turnover in USD (linear), or volume in USD and turnover in coins (inverse), which stays
    in the payload. Mark and index candles have neither.
    """

    def parse(answer: Answer) -> Iterable[Row]:
        settlement = answer.instrument.settlement
        for bar in _series(answer):
            is_trade = price_kind == "trade"
            yield {
                "symbol": answer.instrument.symbol,
                "stamped_at": instant(bar, 0),
                "price_kind": price_kind,
                "open_usd": number(bar, 1),
                "high_usd": number(bar, 2),
                "low_usd": number(bar, 3),
                "close_usd": number(bar, 4),
                "volume_native": number(bar, 5) if is_trade else None,
                "native_unit": _unit(settlement) if is_trade else None,
                "turnover_usd": number(bar, 6) if is_trade and settlement == "linear" else None,
                "payload": bar,
            }

    return parse


def _tickers(settlement: Settlement) -> Feed:
    return Feed(
        name=f"tickers_{settlement}",
        path="v5/market/tickers",
        request=_ask_tickers(settlement),
        readings=(
            Reading(
                collector=f"{_API}_open_interest",
                dataset=OPEN_INTEREST,
                label_convention="instant",
                interval_seconds=_BAR_SECONDS,
                parse=parse_open_interest,
            ),
            Reading(
                collector=f"{_API}_funding_rate",
                dataset=FUNDING_RATE,
                label_convention="instant",
                interval_seconds=_BAR_SECONDS,
                parse=parse_current_funding,
            ),
        ),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        is_bulk=True,
        applies_to=lambda instrument: instrument.settlement == settlement,
    )


def _candles(price_kind: PriceKind, path: str, method: str) -> Feed:
    page_rows = 1000
    return Feed(
        name=f"candle_{price_kind}",
        path=path,
        request=_ask_history(method, "start", "end", page_rows, interval="5"),
        readings=(
            Reading(
                collector=f"{_API}_candle_{price_kind}",
                dataset=CANDLE,
                label_convention="start",
                interval_seconds=_BAR_SECONDS,
                parse=candle_parser(price_kind),
            ),
        ),
        weight=_WEIGHT,
        evidence=_EVIDENCE,
        label_spacing=_BAR,
        page_rows=page_rows,
    )


_OPEN_INTEREST_HISTORY = Feed(
    name="open_interest_history",
    path="v5/market/open-interest",
    request=_ask_history("publicGetV5MarketOpenInterest", "startTime", "endTime", 200, intervalTime="5min"),
    readings=(
        Reading(
            collector=f"{_API}_open_interest_history",
            dataset=OPEN_INTEREST,
            label_convention="instant",
            interval_seconds=_BAR_SECONDS,
            parse=parse_open_interest_history,
        ),
    ),
    weight=_WEIGHT,
    evidence=_EVIDENCE,
    label_spacing=_BAR,
    page_rows=200,
)

_FUNDING_RATE_HISTORY = Feed(
    name="funding_rate_history",
    path="v5/market/funding/history",
    request=_ask_history("publicGetV5MarketFundingHistory", "startTime", "endTime", 200),
    readings=(
        Reading(
            collector=f"{_API}_funding_rate_history",
            dataset=FUNDING_RATE,
            label_convention="instant",
            interval_seconds=None,
            parse=parse_settled_funding,
        ),
    ),
    weight=_WEIGHT,
    evidence=_EVIDENCE,
    label_spacing=timedelta(hours=1),
    page_rows=200,
    applies_to=_is_perpetual,
)

_ACCOUNT_RATIO = Feed(
    name="long_short_accounts",
    path="v5/market/account-ratio",
    request=_ask_history("publicGetV5MarketAccountRatio", "startTime", "endTime", 500, period="5min"),
    readings=(
        Reading(
            collector=f"{_API}_long_short_accounts",
            dataset=LONG_SHORT_RATIO,
            label_convention="instant",
            interval_seconds=_BAR_SECONDS,
            parse=parse_account_ratio,
        ),
    ),
    weight=_WEIGHT,
    evidence=_EVIDENCE,
    label_spacing=_BAR,
    page_rows=500,
    applies_to=_is_perpetual,
)

BYBIT = VenueApi(
    api_id=_API,
    venue="bybit",
    ccxt_id="bybit",
    parse_instrument=parse_instrument,
    feeds=(
        _tickers("linear"),
        _tickers("inverse"),
        _OPEN_INTEREST_HISTORY,
        _candles("trade", "v5/market/kline", "publicGetV5MarketKline"),
        _candles("mark", "v5/market/mark-price-kline", "publicGetV5MarketMarkPriceKline"),
        _candles("index", "v5/market/index-price-kline", "publicGetV5MarketIndexPriceKline"),
        _FUNDING_RATE_HISTORY,
        _ACCOUNT_RATIO,
    ),
    ccxt_options={"fetchMarkets": {"types": ["linear", "inverse"]}},
)
