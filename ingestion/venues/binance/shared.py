"""What USD-M and COIN-M have in common: instruments, requests, candles, funding, ratios.

What belongs here: code that both APIs use, told apart by arguments. What does not: which endpoints an API has, its
units and its names of an instrument (um.py, cm.py).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LONG_SHORT_RATIO,
    LabelConvention,
    MarketType,
    PriceKind,
    RatioBasis,
    Unit,
)

BAR = timedelta(minutes=5)
BAR_SECONDS = 300
# An hour short of the documented 30 days: asked for anything older, the venue answers with an error, not with less.
STATISTICS_RETENTION = timedelta(days=30) - timedelta(hours=1)
STATISTICS_ROWS = 500
STATISTICS_WEIGHT = "1000 requests in 5 minutes and IP, over all of futures/data"
# A tenth of the limit above: ten feeds of the two APIs share it.
STATISTICS_REQUESTS_PER_SECOND = 1000 / 300 / 10
# Of all request sizes 499 candles cost the least: weight 2, where 500 cost 5.
CANDLE_ROWS = 499
FUNDING_ROWS = 1000
# `fundingInfo` names only symbols whose interval was changed; the others settle every 8 hours.
DEFAULT_FUNDING_HOURS = 8.0

_MARKET_TYPES: dict[str, MarketType] = {
    "PERPETUAL": "perpetual",
    "PERPETUAL_DELIVERING": "perpetual",
    "CURRENT_MONTH": "dated",
    "NEXT_MONTH": "dated",
    "CURRENT_QUARTER": "dated",
    "NEXT_QUARTER": "dated",
}
_USD_QUOTES = ("USD", "USDT", "USDC")

Request = Callable[[Exchange, Any, Any], Awaitable[Any]]
Subject = Callable[[Instrument], dict[str, str]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a symbol of ``exchangeInfo``. None for stocks, indices, other quotes and kinds of contracts.

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    market_type = _MARKET_TYPES.get(str(info.get("contractType")))
    if market_type is None or info.get("underlyingType") != "COIN" or info.get("quoteAsset") not in _USD_QUOTES:
        return None
    is_linear = text(info, "marginAsset") == text(info, "quoteAsset")
    contract_size = 1.0 if is_linear else number(info, "contractSize")
    if contract_size is None:
        raise InputError(f"field contractSize of {text(info, 'symbol')} is empty; the answer's format has changed")
    return Instrument(
        symbol=text(info, "symbol"),
        symbol_native=text(info, "baseAsset"),
        quote=text(info, "quoteAsset"),
        settle=text(info, "marginAsset"),
        market_type=market_type,
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        contract_size=contract_size,
        listed_at=instant(info, "onboardDate"),
        expiry_at=instant(info, "deliveryDate") if market_type == "dated" else None,
        is_trading=text(info, "status" if is_linear else "contractStatus") == "TRADING",
        payload=info,
    )


def is_perpetual(instrument: Instrument) -> bool:
    """Return whether the contract has no expiry, and so funding and long/short ratios."""
    return instrument.market_type == "perpetual"


def of_symbol(instrument: Instrument) -> dict[str, str]:
    """Name the instrument by its symbol."""
    return {"symbol": instrument.symbol}


def of_pair(instrument: Instrument) -> dict[str, str]:
    """Name what the instrument is a contract on, as index prices and COIN-M statistics want it."""
    return {"pair": text(instrument.payload, "pair")}


def ask_now(method: str) -> Request:
    """Return the request of one symbol's present value by ccxt's implicit ``method``."""

    async def request(exchange: Exchange, instrument: Any, _: Any) -> Any:
        return await getattr(exchange, method)(of_symbol(instrument))

    return request


def ask_history(method: str, subject: Subject, limit: int, **constants: str) -> Request:
    """Return the request of a window by ccxt's implicit ``method``; both ends of the venue's range are included."""

    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        span = {"startTime": milliseconds(window.since), "endTime": milliseconds(window.until) - 1}
        return await getattr(exchange, method)({**subject(instrument), **constants, **span, "limit": limit})

    return request


def own_rows(
    answered: Iterable[Mapping[str, Any]], instrument: Instrument, subject: Subject
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows that were answered to a question about one instrument.

    Raises InputError when a row is of another one: its numbers must not get this one's name.
    """
    expected = subject(instrument)
    for row in answered:
        for key, name in expected.items():
            if text(row, key) != name:
                raise InputError(f"asked for {key} {name}, the answer is about {row[key]}; look the contract up again")
        yield row


def candle_feeds(api_id: str, root: str, prefix: str, volume_unit: Unit, evidence: str) -> tuple[Feed, ...]:
    """Return the feeds of trade, mark and index candles of ``api_id``, ``prefix`` being ccxt's of its methods."""
    kinds: tuple[tuple[PriceKind, str, str, Subject], ...] = (
        ("trade", "klines", "Klines", of_symbol),
        ("mark", "markPriceKlines", "MarkPriceKlines", of_symbol),
        ("index", "indexPriceKlines", "IndexPriceKlines", of_pair),
    )
    return tuple(
        Feed(
            name=f"candle_{price_kind}",
            path=f"{root}/{endpoint}",
            request=ask_history(f"{prefix}{method}", subject, CANDLE_ROWS, interval="5m"),
            readings=(
                Reading(
                    collector=f"{api_id}_candle_{price_kind}",
                    dataset=CANDLE,
                    label_convention="start",
                    interval_seconds=BAR_SECONDS,
                    parse=candle_parser(price_kind, volume_unit),
                ),
            ),
            weight="2 of 2400 a minute and IP, for a page",
            evidence=evidence,
            label_spacing=BAR,
            page_rows=CANDLE_ROWS,
        )
        for price_kind, endpoint, method, subject in kinds
    )


def candle_parser(price_kind: PriceKind, volume_unit: Unit) -> Callable[[Answer], Iterable[Row]]:
    """Return the parser of ``klines``. Volume is in ``volume_unit``; turnover is USD where that is base coins.

    Mark and index candles have zeros in the place of the volume: they have none.
    """

    def parse(answer: Answer) -> Iterable[Row]:
        for bar in rows(answer.payload):
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
                "native_unit": volume_unit if is_trade else None,
                "turnover_usd": number(bar, 7) if is_trade and volume_unit == "base" else None,
                "payload": bar,
            }

    return parse


def funding_feeds(api_id: str, root: str, prefix: str, weight: str, evidence: str) -> tuple[Feed, ...]:
    """Return the feeds of settled and current funding rates of ``api_id``."""

    async def ask_current(exchange: Exchange, _: Any, __: Any) -> Any:
        return {
            "premiumIndex": await getattr(exchange, f"{prefix}PremiumIndex")(),
            "fundingInfo": await getattr(exchange, f"{prefix}FundingInfo")(),
        }

    return (
        Feed(
            name="funding_rate",
            path=f"{root}/premiumIndex",
            request=ask_current,
            readings=(
                Reading(
                    collector=f"{api_id}_funding_rate",
                    dataset=FUNDING_RATE,
                    label_convention="instant",
                    interval_seconds=BAR_SECONDS,
                    parse=parse_current_funding,
                ),
            ),
            weight=weight,
            evidence=evidence,
            is_bulk=True,
            applies_to=is_perpetual,
        ),
        Feed(
            name="funding_rate_history",
            path=f"{root}/fundingRate",
            request=ask_history(f"{prefix}FundingRate", of_symbol, FUNDING_ROWS),
            readings=(
                Reading(
                    collector=f"{api_id}_funding_rate_history",
                    dataset=FUNDING_RATE,
                    label_convention="instant",
                    interval_seconds=None,
                    parse=parse_settled_funding,
                ),
            ),
            weight="500 requests in 5 minutes and IP, with fundingInfo",
            evidence=evidence,
            label_spacing=timedelta(hours=1),
            page_rows=FUNDING_ROWS,
            # Half of the limit: both APIs settle.
            requests_per_second=500 / 300 / 2,
            applies_to=is_perpetual,
        ),
    )


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read ``premiumIndex`` of all symbols: the running estimate of the next settlement, a fraction per interval."""
    intervals = {
        text(row, "symbol"): number(row, "fundingIntervalHours") for row in rows(answer.payload, "fundingInfo")
    }
    for row in rows(answer.payload, "premiumIndex"):
        symbol = text(row, "symbol")
        if symbol in answer.instruments:
            yield {
                "symbol": symbol,
                "stamped_at": instant(row, "time"),
                "rate_native": number(row, "lastFundingRate"),
                "native_unit": "fraction",
                "funding_interval_hours": intervals.get(symbol, DEFAULT_FUNDING_HOURS),
                "is_settled": False,
                "payload": row,
            }


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read ``fundingRate``: settlements, a fraction each. The venue states no interval beside them."""
    for row in own_rows(rows(answer.payload), answer.instrument, of_symbol):
        # A dividend of a stock perpetual, paid through funding: it says nothing about positioning.
        if row.get("rateType") == "Special":
            continue
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "fundingTime"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": None,
            "is_settled": True,
            "payload": row,
        }


@dataclass(frozen=True)
class RatioEndpoint:
    """One long/short ratio below ``futures/data``: how to ask and what the fields of a row are called.

    ``long`` and ``short`` are the long (or bought) and the short (or sold) part in ``unit``; ``ratio`` is the stated
    long / short, None where there is none.
    """

    basis: RatioBasis
    method: str
    path: str
    subject: Subject
    long: str
    short: str
    ratio: str | None
    unit: Literal["fraction", "base"]
    label_convention: LabelConvention
    rows_name_subject: bool = True

    def parse(self, answer: Answer) -> Iterable[Row]:
        """Read the rows of an answer."""
        answered = rows(answer.payload)
        for row in own_rows(answered, answer.instrument, self.subject) if self.rows_name_subject else answered:
            yield {
                "symbol": answer.instrument.symbol,
                "stamped_at": instant(row, "timestamp"),
                "basis": self.basis,
                "long_native": number(row, self.long),
                "short_native": number(row, self.short),
                "native_unit": self.unit,
                "ratio_native": number(row, self.ratio) if self.ratio else None,
                "payload": row,
            }


def ratio_feeds(api_id: str, endpoints: Iterable[RatioEndpoint], evidence: str) -> tuple[Feed, ...]:
    """Return the feeds of the long/short ratios of ``api_id``."""
    return tuple(
        Feed(
            name=f"long_short_{endpoint.basis}",
            path=endpoint.path,
            request=ask_history(endpoint.method, endpoint.subject, STATISTICS_ROWS, period="5m"),
            readings=(
                Reading(
                    collector=f"{api_id}_long_short_{endpoint.basis}",
                    dataset=LONG_SHORT_RATIO,
                    label_convention=endpoint.label_convention,
                    interval_seconds=BAR_SECONDS,
                    parse=endpoint.parse,
                ),
            ),
            weight=STATISTICS_WEIGHT,
            evidence=evidence,
            label_spacing=BAR,
            page_rows=STATISTICS_ROWS,
            retention=STATISTICS_RETENTION,
            requests_per_second=STATISTICS_REQUESTS_PER_SECOND,
            applies_to=is_perpetual,
        )
        for endpoint in endpoints
    )
