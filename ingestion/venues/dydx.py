"""dYdX v4: perpetuals on a chain of its own, margined in USDC, counted in base coins. Read from its public indexer.

What belongs here: the indexer's endpoints and their answers. What does not: the chain itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError
from ingestion.api.feed import Answer, Feed, Instrument, Reading, Row, VenueApi
from ingestion.api.payload import iso_instant, mapping, number, rows, text
from ingestion.records import CANDLE, FUNDING_RATE, LIQUIDATION_EVENT, OPEN_INTEREST, PositionSide

_API = "dydx"
_EVIDENCE = "dYdX indexer API; reference/venues.md 1.2"
_WEIGHT = "1 of 100 requests in 10 seconds and IP"
_BAR = timedelta(minutes=5)
_BAR_SECONDS = 300
_CANDLE_ROWS = 1000
_FUNDING_ROWS = 100
_TRADE_ROWS = 1000
# Every market settles each hour.
_FUNDING_HOURS = 1.0
_LIQUIDATED: dict[str, PositionSide] = {"SELL": "long", "BUY": "short"}


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a market of ``perpetualMarkets``. Raises InputError when a field is missing or of a wrong type."""
    info = mapping(market, "info")
    ticker = text(info, "ticker")
    base, _, quote = ticker.rpartition("-")
    if quote != "USD":
        return None
    return Instrument(
        symbol=ticker,
        symbol_native=base,
        quote="USD",
        settle="USDC",
        market_type="perpetual",
        settlement="linear",
        contract_unit="base",
        contract_size=1.0,
        listed_at=None,
        expiry_at=None,
        is_trading=text(info, "status") == "ACTIVE",
        # Prices and open interest stand beside the specification: they would make every tick a new one.
        payload={key: info[key] for key in ("ticker", "clobPairId", "stepSize", "marketType") if key in info},
    )


async def _ask_markets(exchange: Exchange, _: Any, __: Any) -> Any:
    return await exchange.indexerGetPerpetualMarkets()


async def _ask_candles(exchange: Exchange, instrument: Any, window: Any) -> Any:
    return await exchange.indexerGetCandlesPerpetualMarketsMarket(
        {
            "market": instrument.symbol,
            "resolution": "5MINS",
            "fromISO": _iso(window.since),
            "toISO": _iso(window.until),
            "limit": _CANDLE_ROWS,
        }
    )


async def _ask_settled_funding(exchange: Exchange, instrument: Any, window: Any) -> Any:
    # The endpoint has no lower bound: the newest before the end of the window.
    return await exchange.indexerGetHistoricalFundingMarket(
        {
            "market": instrument.symbol,
            "effectiveBeforeOrAt": _iso(window.until - timedelta(milliseconds=1)),
            "limit": _FUNDING_ROWS,
        }
    )


async def _ask_trades(exchange: Exchange, instrument: Any, _: Any) -> Any:
    return await exchange.indexerGetTradesPerpetualMarketMarket({"market": instrument.symbol, "limit": _TRADE_ROWS})


def _iso(at: datetime) -> str:
    return f"{at.isoformat(timespec='milliseconds')}Z"


def _followed_markets(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for market in mapping(answer.payload, "markets").values():
        ticker = text(market, "ticker")
        if ticker in answer.instruments:
            yield ticker, market


def _own_rows(answer: Answer, path: str) -> Iterator[Mapping[str, Any]]:
    for row in rows(answer.payload, path):
        if text(row, "ticker") != answer.instrument.symbol:
            raise InputError(
                f"asked for {answer.instrument.symbol}, the answer is about {row['ticker']}; look the contract up again"
            )
        yield row


def parse_open_interest(answer: Answer) -> Iterable[Row]:
    """Read open interest out of ``perpetualMarkets``: base coins, as of the receipt (the answer has no time)."""
    for ticker, market in _followed_markets(answer):
        yield {
            "symbol": ticker,
            "stamped_at": answer.received_at,
            "native_field": "openInterest",
            "oi_native": number(market, "openInterest"),
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": number(market, "oraclePrice"),
            "payload": market,
        }


def parse_current_funding(answer: Answer) -> Iterable[Row]:
    """Read the running funding rate out of ``perpetualMarkets``, a fraction per hour, as of the receipt."""
    for ticker, market in _followed_markets(answer):
        yield {
            "symbol": ticker,
            "stamped_at": answer.received_at,
            "rate_native": number(market, "nextFundingRate"),
            "native_unit": "fraction",
            "funding_interval_hours": _FUNDING_HOURS,
            "is_settled": False,
            "payload": market,
        }


def parse_open_interest_history(answer: Answer) -> Iterable[Row]:
    """Read ``startingOpenInterest`` of the candles: base coins at the instant at which a candle starts."""
    for bar in _own_rows(answer, "candles"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": iso_instant(bar, "startedAt"),
            "native_field": "startingOpenInterest",
            "oi_native": number(bar, "startingOpenInterest"),
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": bar,
        }


def parse_candles(answer: Answer) -> Iterable[Row]:
    """Read candles of trades: USD, volume in base coins, turnover in USD."""
    for bar in _own_rows(answer, "candles"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": iso_instant(bar, "startedAt"),
            "price_kind": "trade",
            "open_usd": number(bar, "open"),
            "high_usd": number(bar, "high"),
            "low_usd": number(bar, "low"),
            "close_usd": number(bar, "close"),
            "volume_native": number(bar, "baseTokenVolume"),
            "native_unit": "base",
            "turnover_usd": number(bar, "usdVolume"),
            "payload": bar,
        }


def parse_settled_funding(answer: Answer) -> Iterable[Row]:
    """Read ``historicalFunding``: settlements, a fraction per hour."""
    for row in _own_rows(answer, "historicalFunding"):
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": iso_instant(row, "effectiveAt"),
            "rate_native": number(row, "rate"),
            "native_unit": "fraction",
            "funding_interval_hours": _FUNDING_HOURS,
            "is_settled": True,
            "payload": row,
        }


def parse_liquidations(answer: Answer) -> Iterable[Row]:
    """Read liquidations out of the newest trades: base coins at the price of the fill.

    The side of a trade is that of its taker, here the liquidation: one that sells closes a long.
    """
    for trade in rows(answer.payload, "trades"):
        if text(trade, "type") != "LIQUIDATED":
            continue
        side = text(trade, "side")
        if side not in _LIQUIDATED:
            raise InputError(f"field side holds {side!r}, expected BUY or SELL; the answer's format has changed")
        yield {
            "symbol": answer.instrument.symbol,
            "stamped_at": iso_instant(trade, "createdAt"),
            "event_id": text(trade, "id"),
            "position_side": _LIQUIDATED[side],
            "quantity_native": number(trade, "size"),
            "native_unit": "base",
            "price_usd_native": number(trade, "price"),
            "price_kind": "fill",
            "coverage": "full",
            "payload": trade,
        }


DYDX = VenueApi(
    api_id=_API,
    venue="dydx",
    ccxt_id="dydx",
    parse_instrument=parse_instrument,
    feeds=(
        Feed(
            name="perpetual_markets",
            path="v4/perpetualMarkets",
            request=_ask_markets,
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
        ),
        Feed(
            name="candle_trade",
            path="v4/candles/perpetualMarkets/{market}",
            request=_ask_candles,
            readings=(
                Reading(
                    collector=f"{_API}_open_interest_history",
                    dataset=OPEN_INTEREST,
                    label_convention="instant",
                    interval_seconds=_BAR_SECONDS,
                    parse=parse_open_interest_history,
                ),
                Reading(
                    collector=f"{_API}_candle_trade",
                    dataset=CANDLE,
                    label_convention="start",
                    interval_seconds=_BAR_SECONDS,
                    parse=parse_candles,
                ),
            ),
            weight=_WEIGHT,
            evidence=_EVIDENCE,
            label_spacing=_BAR,
            page_rows=_CANDLE_ROWS,
        ),
        Feed(
            name="funding_rate_history",
            path="v4/historicalFunding/{market}",
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
            weight=_WEIGHT,
            evidence=f"{_EVIDENCE}, 5",
            label_spacing=timedelta(hours=1),
            page_rows=_FUNDING_ROWS,
        ),
        Feed(
            name="liquidations",
            path="v4/trades/perpetualMarket/{market}",
            request=_ask_trades,
            readings=(
                Reading(
                    collector=f"{_API}_liquidation",
                    dataset=LIQUIDATION_EVENT,
                    label_convention="instant",
                    interval_seconds=None,
                    parse=parse_liquidations,
                ),
            ),
            weight=_WEIGHT,
            evidence=f"{_EVIDENCE}, 3.1",
        ),
    ),
)
