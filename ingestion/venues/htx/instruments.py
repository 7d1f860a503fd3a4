"""HTX's contracts in three families, each with its own endpoints: linear, inverse swaps, inverse dated.

What belongs here: the list of contracts and its fields. What does not: an endpoint (the dataset's module).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.errors import InputError
from ingestion.api.feed import Instrument
from ingestion.api.instruments import is_linear, is_perpetual
from ingestion.api.payload import instant, mapping, number, text

_USD_QUOTES = ("USD", "USDT", "USDC")
_IS_TRADING = 1


def parse_instrument(market: Mapping[str, Any]) -> Instrument | None:
    """Read a contract of one of the three lists of contracts. None for spot pairs and other quotes.

    Sample::

        [{"contract_code": "BTC-USDT", "symbol": "BTC", "pair": "BTC-USDT", "business_type": "swap",
          "contract_size": 0.001, "create_date": "20201021", "delivery_date": "", "contract_status": 1},
         {"contract_code": "BTC-USD", "symbol": "BTC", "contract_size": 100.0, "create_date": "20201021",
          "delivery_time": "", "contract_status": 1}]
    """
    info = mapping(market, "info")
    if "contract_code" not in info:
        return None
    symbol, base = text(info, "contract_code"), text(info, "symbol")
    # Only linear contracts have the field business_type.
    is_linear_contract = "business_type" in info
    quote = text(info, "pair").partition("-")[2] if is_linear_contract else "USD"
    if quote not in _USD_QUOTES:
        return None
    size = number(info, "contract_size")
    if size is None:
        raise InputError(f"contract {symbol} has no contract_size; the response's format has changed")
    # A perpetual that is delisted has a date of delivery too. Inverse perpetuals are named BTC-USD, others BTC260626.
    is_dated = text(info, "business_type") == "futures" if is_linear_contract else "-" not in symbol
    return Instrument(
        symbol=symbol,
        symbol_native=base,
        quote=quote,
        settle=quote if is_linear_contract else base,
        market_type="dated" if is_dated else "perpetual",
        settlement="linear" if is_linear_contract else "inverse",
        contract_unit="base" if is_linear_contract else "usd",
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
        raise InputError(f"field create_date holds {written!r}; expected a day such as 20201021") from error


def is_linear_swap(instrument: Instrument) -> bool:
    """Return whether ``instrument`` is a linear perpetual."""
    return is_linear(instrument) and is_perpetual(instrument)


def is_inverse_swap(instrument: Instrument) -> bool:
    """Return whether ``instrument`` is an inverse perpetual."""
    return not is_linear(instrument) and is_perpetual(instrument)


def is_inverse_dated(instrument: Instrument) -> bool:
    """Return whether ``instrument`` is an inverse dated contract."""
    return not is_linear(instrument) and not is_perpetual(instrument)
