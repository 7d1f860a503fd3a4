"""One constructor of rows for each dataset, checked by mypy. A value that the source does not state is None.

What belongs here: the columns that a parser fills, and the identity of liquidations. What does not: the columns that
the engine adds (ingestion/live, ingestion/stream), units and keys (ingestion/records.py), reading fields (payload.py).

Every constructor has the same first three arguments. ``symbol`` is the source's own name of the contract or asset.
``stamped_at`` is the source's own time label (UTC, naive). ``payload`` is the part of the response that the row was
read from, as Python data.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from ingestion.landing import content_sha256
from ingestion.records import (
    Coverage,
    LiquidationPriceKind,
    MarketType,
    PositionSide,
    PriceKind,
    RatioBasis,
    Settlement,
    Unit,
)

# A row as a parser returns it: the columns of its dataset, with ``symbol``, ``stamped_at`` and ``payload``.
Row = dict[str, Any]
# Open, high, low and close.
Prices = tuple[float | None, float | None, float | None, float | None]

_STATED = ("symbol", "stamped_at", "position_side", "quantity_native", "price_usd_native")
_EVENT_ID_CHARACTERS = 32


def open_interest(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    native_field: str,
    oi_native: float | None,
    native_unit: Unit,
    value_usd_native: float | None = None,
    price_usd_native: float | None = None,
) -> Row:
    """Return a level of open interest in ``native_unit``; ``native_field`` is the venue's own name of the number.

    ``value_usd_native`` is the same quantity in USD, and ``price_usd_native`` a price in USD, where the source's row
    also has them.
    """
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "native_field": native_field,
        "oi_native": oi_native,
        "native_unit": native_unit,
        "value_usd_native": value_usd_native,
        "price_usd_native": price_usd_native,
        "payload": payload,
    }


def candle(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    prices_usd: Prices,
    price_kind: PriceKind = "trade",
    volume_native: float | None = None,
    native_unit: Unit | None = None,
    turnover_usd: float | None = None,
) -> Row:
    """Return a bar of prices in USD. A bar of trades also has the volume in ``native_unit`` and the turnover in USD."""
    open_usd, high_usd, low_usd, close_usd = prices_usd
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "price_kind": price_kind,
        "open_usd": open_usd,
        "high_usd": high_usd,
        "low_usd": low_usd,
        "close_usd": close_usd,
        "volume_native": volume_native,
        "native_unit": native_unit,
        "turnover_usd": turnover_usd,
        "payload": payload,
    }


def funding_rate(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    rate_native: float | None,
    is_settled: bool,
    native_unit: Literal["fraction", "percent"] = "fraction",
    funding_interval_hours: float | None = None,
) -> Row:
    """Return a funding rate per interval of ``funding_interval_hours`` (None: the source does not state it).

    A settled rate was paid at ``stamped_at``. A rate that is not settled is the running estimate of the next payment.
    """
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "rate_native": rate_native,
        "native_unit": native_unit,
        "funding_interval_hours": funding_interval_hours,
        "is_settled": is_settled,
        "payload": payload,
    }


def liquidation(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    long_native: float | None,
    short_native: float | None,
    native_unit: Unit,
    coverage: Coverage = "aggregate",
) -> Row:
    """Return the liquidations of a bar in ``native_unit``: the sum over longs and the sum over shorts."""
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "long_native": long_native,
        "short_native": short_native,
        "native_unit": native_unit,
        "coverage": coverage,
        "payload": payload,
    }


def long_short_ratio(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    basis: RatioBasis,
    long_native: float | None = None,
    short_native: float | None = None,
    native_unit: Literal["fraction", "percent", "base"] = "fraction",
    ratio_native: float | None = None,
) -> Row:
    """Return the long (or bought) and the short (or sold) part in ``native_unit``, and the source's own long / short.

    ``basis`` tells what is divided into these parts: accounts, positions or taker volume.
    """
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "basis": basis,
        "long_native": long_native,
        "short_native": short_native,
        "native_unit": native_unit,
        "ratio_native": ratio_native,
        "payload": payload,
    }


def circulating_supply(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    supply_base: float | None,
    market_cap_usd: float | None = None,
    price_usd: float | None = None,
) -> Row:
    """Return the circulating coins of an asset. ``symbol`` is the asset. The parser adds ``scope`` to the row."""
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "supply_base": supply_base,
        "market_cap_usd": market_cap_usd,
        "price_usd": price_usd,
        "payload": payload,
    }


def instrument(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    symbol_native: str,
    quote: str,
    settle: str,
    market_type: MarketType,
    settlement: Settlement,
    contract_unit: Unit,
    contract_size: float,
    is_trading: bool,
    listed_at: datetime | None = None,
    expiry_at: datetime | None = None,
) -> Row:
    """Return a contract as its venue lists it; ``symbol_native`` is the venue's name of the base coin.

    One contract is ``contract_size`` base coins (``contract_unit`` 'base') or USD ('usd').
    """
    return {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "symbol_native": symbol_native,
        "quote": quote,
        "settle": settle,
        "market_type": market_type,
        "settlement": settlement,
        "contract_unit": contract_unit,
        "contract_size": contract_size,
        "listed_at": listed_at,
        "expiry_at": expiry_at,
        "is_trading": is_trading,
        "payload": payload,
    }


def stream_coverage(symbol: str, stamped_at: datetime, payload: Any = None, *, covered_from: datetime) -> Row:
    """Return an interval in which the stream of the API ``symbol`` was connected: ``covered_from`` to ``stamped_at``.

    No response states such an interval. Its payload is {"refused": [symbol, ...]} where the venue refused to send some
    instruments, which the interval then does not cover.
    """
    return {"symbol": symbol, "stamped_at": stamped_at, "covered_from": covered_from, "payload": payload}


def liquidation_event(
    symbol: str,
    stamped_at: datetime,
    payload: Any,
    *,
    position_side: PositionSide,
    quantity_native: float,
    native_unit: Unit,
    price_usd_native: float | None,
    price_kind: LiquidationPriceKind,
    coverage: Coverage,
    event_id: str | None = None,
) -> Row:
    """Return one liquidation; ``position_side`` is the side of the position that was closed.

    ``event_id`` is the venue's own identity of the event. Where the venue has none, :func:`identified` adds one.
    """
    row: Row = {
        "symbol": symbol,
        "stamped_at": stamped_at,
        "position_side": position_side,
        "quantity_native": quantity_native,
        "native_unit": native_unit,
        "price_usd_native": price_usd_native,
        "price_kind": price_kind,
        "coverage": coverage,
        "payload": payload,
    }
    return row if event_id is None else {**row, "event_id": event_id}


def identified(events: Iterable[Row]) -> list[Row]:
    """Return the liquidation events of one message or response with an ``event_id``, for a venue that has none.

    The identity is a hash of the event's content and of its number among the equal events of its message. So the same
    message gives the same identities each time, and two equal events in one message have different identities.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    rows = []
    for row in events:
        stated = tuple(row[column] for column in _STATED)
        seen[stated] += 1
        rows.append({**row, "event_id": content_sha256(repr((*stated, seen[stated])))[:_EVENT_ID_CHARACTERS]})
    return rows
