"""Funding of HTX's swaps: the rate of the next settlement, and past settlements. A fraction each."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ingestion.api.feed import Exchange, Instrument, Reading, Response, Window
from ingestion.api.payload import instant, mapping, number, rows
from ingestion.api.readers import read_funding_rate
from ingestion.api.requests import call, span_milliseconds
from ingestion.api.responses import followed_rows, own_rows
from ingestion.api.rows import Row
from ingestion.records import FUNDING_RATE
from ingestion.venues.htx.instruments import is_inverse_swap, is_linear_swap
from ingestion.venues.htx.requests import code, feed, feed_v5, is_inside

_MILLISECONDS_PER_HOUR = 3_600_000
_LINEAR_ROWS = 100
_INVERSE_ROWS = 50
# A year of settlements: a request walks through the pages from the newest on, so fewer and longer walks.
_WALKED_ROWS = 1095


def _linear_parameters(instrument: Instrument, window: Window) -> dict[str, str | int]:
    span = span_milliseconds(window, "start_time", "end_time")
    return {"contract_code": instrument.symbol, **span, "limit": _LINEAR_ROWS}


async def _request_inverse_history(exchange: Exchange, instrument: Any, window: Any) -> Any:
    # Pages are numbered from the newest settlement, so the request walks through those after the window to reach it.
    inside: list[Any] = []
    page_index, page_count = 1, 1
    while page_index <= page_count:
        response = await exchange.contractPublicGetSwapApiV1SwapHistoricalFundingRate(
            {"contract_code": instrument.symbol, "page_index": page_index, "page_size": _INVERSE_ROWS}
        )
        page = rows(response, "data", "data")
        inside += [row for row in page if is_inside(window, row, "funding_time")]
        if page and instant(page[-1], "funding_time") < window.since:
            break
        page_index, page_count = page_index + 1, int(number(mapping(response, "data"), "total_page") or 0)
    return {"data": inside}


def parse_current(response: Response) -> Iterable[Row]:
    """Read the rate of the next settlement, a fraction per interval between this settlement and the one after it.

    Sample::

        {"data": [{"contract_code": "BTC-USDT", "funding_rate": "0.000083", "funding_time": "1767225600000",
                   "next_funding_time": "1767240000000"}],
         "ts": 1767225601250}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "contract_code"):
        at = instant(response.payload, "ts")
        yield read_funding_rate(
            instrument.symbol, at, row, "funding_rate", is_settled=False, hours=_interval_hours(row)
        )


def _interval_hours(row: Any) -> float | None:
    settles_at, follows_at = number(row, "funding_time"), number(row, "next_funding_time")
    if settles_at is None or follows_at is None:
        return None
    return (follows_at - settles_at) / _MILLISECONDS_PER_HOUR


def parse_settled(response: Response) -> Iterable[Row]:
    """Read settlements, a fraction each. The venue states no interval beside them.

    Sample::

        {"data": [{"contract_code": "BTC-USDT", "funding_rate": "-0.0001", "funding_time": "1767225600000"}]}
    """
    symbol = response.instrument.symbol
    for row in own_rows(rows(response.payload, "data"), contract_code=symbol):
        yield read_funding_rate(symbol, instant(row, "funding_time"), row, "funding_rate", is_settled=True)


FUNDING_FEEDS = (
    feed_v5(
        name="funding_rate_linear",
        path="v5/market/funding_rate",
        request=call("contractPublicGetV5MarketFundingRate", code),
        readings=(Reading("htx_funding_rate_linear", FUNDING_RATE, "instant", parse_current),),
        applies_to=is_linear_swap,
    ),
    feed(
        name="funding_rate_inverse",
        path="swap-api/v1/swap_batch_funding_rate",
        request=call("contractPublicGetSwapApiV1SwapBatchFundingRate", code),
        readings=(Reading("htx_funding_rate_inverse", FUNDING_RATE, "instant", parse_current),),
        is_bulk=True,
        applies_to=is_inverse_swap,
    ),
    feed_v5(
        name="funding_rate_history_linear",
        path="v5/market/funding_rate_history",
        request=call("contractPublicGetV5MarketFundingRateHistory", _linear_parameters),
        readings=(Reading("htx_funding_rate_history_linear", FUNDING_RATE, "instant", parse_settled, None),),
        label_spacing=timedelta(hours=1),
        page_rows=_LINEAR_ROWS,
        applies_to=is_linear_swap,
    ),
    feed(
        name="funding_rate_history_inverse",
        path="swap-api/v1/swap_historical_funding_rate",
        request=_request_inverse_history,
        readings=(Reading("htx_funding_rate_history_inverse", FUNDING_RATE, "instant", parse_settled, None),),
        label_spacing=timedelta(hours=8),
        page_rows=_WALKED_ROWS,
        applies_to=is_inverse_swap,
    ),
)
