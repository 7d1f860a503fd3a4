"""Hyperliquid: perpetuals on a chain of its own, margined in USDC, counted in base coins (kPEPE: thousands of PEPE).

What belongs here: its requests, all to one path, and their answers. What does not: exchanges that others have built on
it (HIP-3), which are asked for one by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi
from ingestion.api.payload import instant, mapping, milliseconds, number, rows, text
from ingestion.records import CANDLE, FUNDING_RATE, OPEN_INTEREST

_API = "hyperliquid"
_PATH = "info"
_EVIDENCE = "Hyperliquid API documentation, info endpoint and rate limits"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_CANDLE_ROWS = 5000
_FUNDING_ROWS = 500
# Every perpetual settles each hour.
_FUNDING_HOURS = 1.0


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a perpetual of the universe. None for spot pairs and for those of other builders.

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    if market.get("swap") is not True or info.get("hip3"):
        return None
    return Instrument(
        symbol=text(info, "name"),
        symbol_native=text(info, "name"),
        quote="USDC",
        settle="USDC",
        market_type="perpetual",
        settlement="linear",
        contract_unit="base",
        contract_size=1.0,
        listed_at=None,
        expiry_at=None,
        is_trading=not info.get("isDelisted"),
        # ccxt puts the moment's prices beside the specification: they would make every tick a new one.
        payload={key: info[key] for key in ("name", "szDecimals", "maxLeverage") if key in info},
    )


async def _ask_contexts(exchange: Exchange, _: Any, __: Any) -> Any:
    return await exchange.publicPostInfo({"type": "metaAndAssetCtxs"})


async def _ask_candles(exchange: Exchange, instrument: Any, window: Any) -> Any:
    span = {"startTime": milliseconds(window.since), "endTime": milliseconds(window.until) - 1}
    return await exchange.publicPostInfo(
        {"type": "candleSnapshot", "req": {"coin": instrument.symbol, "interval": "5m", **span}}
    )


async def _ask_settled_funding(exchange: Exchange, instrument: Any, window: Any) -> Any:
    span = {"startTime": milliseconds(window.since), "endTime": milliseconds(window.until) - 1}
    return await exchange.publicPostInfo({"type": "fundingHistory", "coin": instrument.symbol, **span})


def _contexts(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    universe = rows(answer.payload, 0, "universe")
    contexts = rows(answer.payload, 1)
    # The two lists belong together by position alone.
    if len(universe) != len(contexts):
        raise InputError(
            f"{len(universe)} names and {len(contexts)} contexts do not pair up; the answer's format has changed"
        )
    for described, context in zip(universe, contexts, strict=True):
        symbol = text(described, "name")
        if symbol in answer.instruments:
            yield symbol, context


def _own_rows(answer: Answer, key: str) -> Iterator[Mapping[str, Any]]:
    for row in rows(answer.payload):
        if text(row, key) != answer.instrument.symbol:
            raise InputError(
                f"asked for {answer.instrument.symbol}, the answer is about {row[key]}; look the contract up again"
            )
        yield row


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read open interest out of ``metaAndAssetCtxs``: native units of the base. It has no time: that of receipt."""
    for symbol, context in _contexts(answer):
        yield {
            "symbol": symbol,
            "stamped_at": answer.received_at,
            "native_field": "openInterest",
            "oi_native": number(context, "openInterest"),
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": number(context, "markPx"),
            "payload": context,
        }


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read the running funding rate out of ``metaAndAssetCtxs``, a fraction per hour, as of the receipt."""
    for symbol, context in _contexts(answer):
        yield {
            "symbol": symbol,
            "stamped_at": answer.received_at,
            "rate_native": number(context, "funding"),
            "native_unit": "fraction",
            "funding_interval_hours": _FUNDING_HOURS,
            "is_settled": False,
            "payload": context,
        }


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read ``fundingHistory``: settlements, a fraction per hour."""
    for row in _own_rows(answer, "coin"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(row, "time"),
            "rate_native": number(row, "fundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": _FUNDING_HOURS,
            "is_settled": True,
            "payload": row,
        }


def parse_candles(answer: Answer) -> Iterable[Row]:
    """Read ``candleSnapshot``: traded prices and volume in native units of the base."""
    for bar in _own_rows(answer, "s"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": instant(bar, "t"),
            "price_kind": "trade",
            "open_usd": number(bar, "o"),
            "high_usd": number(bar, "h"),
            "low_usd": number(bar, "l"),
            "close_usd": number(bar, "c"),
            "volume_native": number(bar, "v"),
            "native_unit": "base",
            "turnover_usd": None,
            "payload": bar,
        }


HYPERLIQUID = VenueApi(
    api_id=_API,
    venue="hyperliquid",
    ccxt_id="hyperliquid",
    parse_instrument=parse_instrument,
    feeds=(
        Feed(
            name="asset_contexts",
            path=f"{_PATH} metaAndAssetCtxs",
            request=_ask_contexts,
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
            weight="20 of 1200 a minute and IP, for all symbols",
            evidence=_EVIDENCE,
            is_bulk=True,
        ),
        Feed(
            name="candle_trade",
            path=f"{_PATH} candleSnapshot",
            request=_ask_candles,
            readings=(
                Reading(
                    collector=f"{_API}_candle_trade",
                    dataset=CANDLE,
                    label_convention="start",
                    interval_seconds=_BAR_SECONDS,
                    parse=parse_candles,
                ),
            ),
            weight="20 of 1200 a minute and IP, and 1 more for every 60 candles",
            evidence=_EVIDENCE,
            label_spacing=_BAR,
            page_rows=_CANDLE_ROWS,
            # Only the newest 5000 candles of an interval are kept.
            retention=_BAR * _CANDLE_ROWS,
            requests_per_second=0.5,
        ),
        Feed(
            name="funding_rate_history",
            path=f"{_PATH} fundingHistory",
            request=_ask_settled_funding,
            readings=(
                Reading(
                    collector=f"{_API}_funding_rate_history",
                    dataset=FUNDING_RATE,
                    label_convention="instant",
                    interval_seconds=None,
                    parse=parse_settled_funding,
                ),
            ),
            weight="20 of 1200 a minute and IP, and 1 more for every 20 settlements",
            evidence=_EVIDENCE,
            label_spacing=timedelta(hours=1),
            page_rows=_FUNDING_ROWS,
            requests_per_second=0.4,
        ),
    ),
    ccxt_options={"fetchMarkets": {"types": ["swap"]}},
)
