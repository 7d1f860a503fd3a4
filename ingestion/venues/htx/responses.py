"""The responses of HTX: contracts, open interest, funding, ratios, candles and liquidations, in contracts.

What belongs here: units, sides and times of its fields. What does not: how they are requested (requests.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from common.errors import InputError
from ingestion.api.feed import Instrument, Response
from ingestion.api.payload import instant, mapping, number, rows, text
from ingestion.api.responses import own_rows
from ingestion.api.rows import Row
from ingestion.records import PositionSide, RatioBasis
from ingestion.venues.htx.requests import LIQUIDATION_ROWS

_MILLISECONDS_PER_HOUR = 3_600_000
_USD_QUOTES = ("USD", "USDT", "USDC")
_IS_TRADING = 1

Parse = Callable[[Response], Iterable[Row]]


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of one of the three lists of contracts. None for spot pairs and other quotes.

    Raises InputError when a field is missing or of a wrong type.
    """
    info = mapping(market, "info")
    if "contract_code" not in info:
        return None
    symbol, base = text(info, "contract_code"), text(info, "symbol")
    # Only linear contracts have a business type.
    is_linear = "business_type" in info
    quote = text(info, "pair").partition("-")[2] if is_linear else "USD"
    if quote not in _USD_QUOTES:
        return None
    size = number(info, "contract_size")
    if size is None:
        raise InputError(f"contract {symbol} has no contract_size; the response's format has changed")
    is_dated = bool(info.get("delivery_date"))
    return Instrument(
        symbol=symbol,
        symbol_native=base,
        quote=quote,
        settle=quote if is_linear else base,
        market_type="dated" if is_dated else "perpetual",
        settlement="linear" if is_linear else "inverse",
        contract_unit="base" if is_linear else "usd",
        contract_size=size,
        listed_at=_day(text(info, "create_date")),
        expiry_at=instant(info, "delivery_time") if is_dated else None,
        is_trading=number(info, "contract_status") == _IS_TRADING,
        payload=info,
    )


def _day(written: str) -> datetime:
    try:
        return datetime.strptime(written, "%Y%m%d")  # noqa: DTZ007 -- instants are UTC and naive throughout
    except ValueError as error:
        raise InputError(f"field create_date holds {written!r}, expected a day such as 20201021") from error


def is_linear(instrument: Instrument) -> bool:
    """Whether it is margined in a stablecoin."""
    return instrument.settlement == "linear"


def _open_interest(row: Any, instrument: Instrument, stamped_at: datetime) -> Row:
    return {
        "symbol": instrument.symbol,
        "stamped_at": stamped_at,
        "native_field": "volume",
        "oi_native": number(row, "volume"),
        "native_unit": "contract",
        "value_usd_native": number(row, "value") if is_linear(instrument) else None,
        "price_usd_native": None,
        "payload": row,
    }


def _funding_rate(row: Any, stamped_at: datetime, *, is_settled: bool) -> Row:
    return {
        "symbol": text(row, "contract_code"),
        "stamped_at": stamped_at,
        "rate_native": number(row, "funding_rate"),
        "native_unit": "fraction",
        "funding_interval_hours": None if is_settled else _interval_hours(row),
        "is_settled": is_settled,
        "payload": row,
    }


def _interval_hours(row: Any) -> float | None:
    settles_at, follows_at = number(row, "funding_time"), number(row, "next_funding_time")
    if settles_at is None or follows_at is None:
        return None
    return (follows_at - settles_at) / _MILLISECONDS_PER_HOUR


def parse_open_interest_linear(response: Response) -> Iterable[Row]:
    """Read ``v5/market/open_interest``: contracts and their value in USD."""
    row = mapping(response.payload, "data")
    if text(row, "contract_code") != response.instrument.symbol:
        raise InputError(f"requested {response.instrument.symbol}, the response is about {row['contract_code']}")
    yield _open_interest(row, response.instrument, instant(response.payload, "ts"))


def parse_open_interest_inverse(response: Response) -> Iterable[Row]:
    """Read ``swap_open_interest`` and ``contract_open_interest``: contracts of 100 USD (BTC) or 10 USD."""
    for row in rows(response.payload, "data"):
        instrument = response.instruments.get(text(row, "contract_code"))
        if instrument is not None:
            yield _open_interest(row, instrument, instant(response.payload, "ts"))


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read ``swap_his_open_interest``, requested in contracts. Raises InputError when it is in coins."""
    for row in rows(response.payload, "data"):
        if number(row, "amount_type") != 1:
            raise InputError(f"field amount_type holds {row['amount_type']!r}, requested 1 (contracts)")
        yield _open_interest(row, response.instrument, instant(row, "ts"))


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the rate of the next settlement, a fraction per interval between this settlement and the one after it."""
    for row in rows(response.payload, "data"):
        if text(row, "contract_code") in response.instruments:
            yield _funding_rate(row, instant(response.payload, "ts"), is_settled=False)


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read settlements, a fraction each. The venue states no interval beside them."""
    for row in own_rows(rows(response.payload, "data"), contract_code=response.instrument.symbol):
        yield _funding_rate(row, instant(row, "funding_time"), is_settled=True)


def parse_candles(response: Response) -> Iterable[Row]:
    """Read candles of trades: USD, volume in contracts, each trade counted once.

    The venue adds up buyers and sellers in its volumes, so half of them is one side, as everywhere else.
    """
    for bar in rows(response.payload, "data"):
        both_sides = number(bar, "vol")
        turnover = number(bar, "trade_turnover") if is_linear(response.instrument) else None
        yield {
            "symbol": response.instrument.symbol,
            "stamped_at": instant(bar, "id", unit="s"),
            "price_kind": "trade",
            "open_usd": number(bar, "open"),
            "high_usd": number(bar, "high"),
            "low_usd": number(bar, "low"),
            "close_usd": number(bar, "close"),
            "volume_native": None if both_sides is None else both_sides / 2,
            "native_unit": "contract",
            "turnover_usd": None if turnover is None else turnover / 2,
            "payload": bar,
        }


def ratio_parser(basis: RatioBasis) -> Parse:
    """Return the parser of the ratios of the venue's elite accounts; accounts that are both ways are in neither."""

    def parse(response: Response) -> Iterable[Row]:
        for row in rows(response.payload, "data"):
            yield {
                "symbol": response.instrument.symbol,
                "stamped_at": instant(row, "ts"),
                "basis": basis,
                "long_native": number(row, "buy_ratio"),
                "short_native": number(row, "sell_ratio"),
                "native_unit": "fraction",
                "ratio_native": None,
                "payload": row,
            }

    return parse


def liquidation_parser(
    time_field: str, id_field: str, price_field: str, side_of: Callable[[Any], PositionSide]
) -> Parse:
    """Return the parser of liquidation orders: contracts at the price of bankruptcy.

    A full response may have left some out, so its rows are ``sampled``.
    """

    def parse(response: Response) -> Iterable[Row]:
        instrument = response.instrument
        is_full = len(rows(response.payload, "data")) < LIQUIDATION_ROWS[instrument.settlement]
        for row in own_rows(rows(response.payload, "data"), contract_code=response.instrument.symbol):
            yield {
                "symbol": instrument.symbol,
                "stamped_at": instant(row, time_field),
                "event_id": _identity(row, id_field),
                "position_side": side_of(row),
                "quantity_native": number(row, "volume"),
                "native_unit": "contract",
                "price_usd_native": number(row, price_field),
                "price_kind": "bankruptcy",
                "coverage": "full" if is_full else "sampled",
                "payload": row,
            }

    return parse


def _identity(row: Mapping[str, Any], field: str) -> str:
    if not row.get(field):
        raise InputError(f"no field {field} in a liquidation; the response's format has changed")
    return str(row[field])


def position_side(row: Mapping[str, Any]) -> PositionSide:
    """Return the side of the position, where the venue states it. Raises InputError for anything else."""
    return _side(row, "position_side", {"long": "long", "short": "short"})


def side_of_closing_order(row: Mapping[str, Any]) -> PositionSide:
    """Return the side of the position that an order closed: one that sells closes a long."""
    return _side(row, "direction", {"sell": "long", "buy": "short"})


def _side(row: Mapping[str, Any], field: str, sides: Mapping[str, PositionSide]) -> PositionSide:
    written = text(row, field)
    if written not in sides:
        raise InputError(f"field {field} holds {written!r}, expected {' or '.join(sides)}; its format has changed")
    return sides[written]
