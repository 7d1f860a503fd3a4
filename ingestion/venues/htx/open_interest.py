"""Open interest of HTX, in contracts: now, and hourly for the last 200 hours of swaps."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from common.errors import InputError
from ingestion.api.feed import Instrument, Reading, Request, Response
from ingestion.api.instruments import is_linear
from ingestion.api.payload import instant, mapping, number, rows
from ingestion.api.readers import read_open_interest
from ingestion.api.requests import call
from ingestion.api.responses import followed_rows, refuse_another
from ingestion.api.rows import Row
from ingestion.records import OPEN_INTEREST
from ingestion.venues.htx.instruments import is_inverse_dated, is_inverse_swap, is_linear_swap
from ingestion.venues.htx.requests import code, feed, feed_v5, within_window

_HOUR = timedelta(hours=1)
_HOUR_SECONDS = 3600
_HISTORY_ROWS = 200


def _inverse_history_parameters(instrument: Instrument, _window: Any) -> dict[str, str | int]:
    return {"contract_code": instrument.symbol, "period": "60min", "amount_type": 1, "size": _HISTORY_ROWS}


def _linear_history_parameters(instrument: Instrument, window: Any) -> dict[str, str | int]:
    return {**_inverse_history_parameters(instrument, window), "contract_type": "swap"}


def _request_history(method: str, parameters: Callable[[Any, Any], dict[str, str | int]]) -> Request:
    return within_window(call(method, parameters), "data", "tick")


def _open_interest(row: Mapping[str, Any], instrument: Instrument, stamped_at: datetime) -> Row:
    value = "value" if is_linear(instrument) else None
    return read_open_interest(instrument.symbol, stamped_at, row, "volume", "contract", value_usd=value)


def parse_linear(response: Response) -> Iterable[Row]:
    """Read ``v5/market/open_interest``: contracts and their value in USD.

    Sample::

        {"data": {"contract_code": "BTC-USDT", "volume": "32476092", "amount": "32476.092", "value": "2922848280"},
         "ts": 1767225601250}
    """
    row = mapping(response.payload, "data")
    refuse_another(row, contract_code=response.symbol)
    yield _open_interest(row, response.instrument, instant(response.payload, "ts"))


def parse_inverse(response: Response) -> Iterable[Row]:
    """Read ``swap_open_interest`` and ``contract_open_interest``: contracts of 100 USD (BTC) or 10 USD.

    Sample::

        {"data": [{"contract_code": "BTC-USD", "symbol": "BTC", "volume": 518018.0, "amount": 575.57}],
         "ts": 1767225601250}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "contract_code"):
        yield _open_interest(row, instrument, instant(response.payload, "ts"))


def parse_history(response: Response) -> Iterable[Row]:
    """Read ``swap_his_open_interest``, in contracts. Raises InputError when the response is in coins.

    Sample::

        {"data": [{"volume": "4385435.0", "amount_type": "1", "ts": "1767225600000", "value": "394689150"}]}
    """
    for row in rows(response.payload, "data"):
        if number(row, "amount_type") != 1:
            raise InputError(f"field amount_type holds {row['amount_type']!r}; expected 1 (contracts), as requested")
        yield _open_interest(row, response.instrument, instant(row, "ts"))


_history = partial(feed, label_spacing=_HOUR, page_rows=_HISTORY_ROWS, retention=_HOUR * _HISTORY_ROWS)

OPEN_INTEREST_FEEDS = (
    feed_v5(
        name="open_interest_linear",
        path="v5/market/open_interest",
        request=call("contractPublicGetV5MarketOpenInterest", code),
        readings=(Reading("htx_open_interest_linear", OPEN_INTEREST, "instant", parse_linear),),
        applies_to=is_linear,
    ),
    feed(
        name="open_interest_inverse",
        path="swap-api/v1/swap_open_interest",
        request=call("contractPublicGetSwapApiV1SwapOpenInterest", code),
        readings=(Reading("htx_open_interest_inverse", OPEN_INTEREST, "instant", parse_inverse),),
        is_bulk=True,
        applies_to=is_inverse_swap,
    ),
    feed(
        name="open_interest_inverse_dated",
        path="api/v1/contract_open_interest",
        request=call("contractPublicGetApiV1ContractOpenInterest", code),
        readings=(Reading("htx_open_interest_inverse_dated", OPEN_INTEREST, "instant", parse_inverse),),
        is_bulk=True,
        applies_to=is_inverse_dated,
    ),
    _history(
        name="open_interest_history_linear",
        path="linear-swap-api/v1/swap_his_open_interest",
        request=_request_history("contractPublicGetLinearSwapApiV1SwapHisOpenInterest", _linear_history_parameters),
        readings=(Reading("htx_open_interest_history_linear", OPEN_INTEREST, "instant", parse_history, _HOUR_SECONDS),),
        applies_to=is_linear_swap,
    ),
    _history(
        name="open_interest_history_inverse",
        path="swap-api/v1/swap_his_open_interest",
        request=_request_history("contractPublicGetSwapApiV1SwapHisOpenInterest", _inverse_history_parameters),
        readings=(
            Reading("htx_open_interest_history_inverse", OPEN_INTEREST, "instant", parse_history, _HOUR_SECONDS),
        ),
        applies_to=is_inverse_swap,
    ),
)
