"""Funding of HTX's swaps: the rate of the next settlement and the settled rates, each a fraction."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ingestion.api.feed import Exchange, Reading, Response
from ingestion.api.payload import instant, mapping, number, rows
from ingestion.api.readers import hours_between, read_funding_rate
from ingestion.api.requests import call
from ingestion.api.responses import followed_rows, own_rows
from ingestion.api.rows import Row
from ingestion.records import FUNDING_RATE
from ingestion.venues.htx.instruments import is_inverse_swap, is_linear_swap
from ingestion.venues.htx.requests import LINEAR_PAGE_ROWS, code, feed, feed_v5, is_inside, linear_page

_INVERSE_ROWS = 50
# A year of settlements: every request walks back from the newest page, so fewer requests read fewer pages.
_WALKED_ROWS = 1095


async def _request_inverse_history(exchange: Exchange, instrument: Any, window: Any) -> Any:
    # The venue numbers the pages from the newest settlement, so the request reads the pages after the window too.
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
    """Read the rate of the next settlement, a fraction per interval. The interval begins at that settlement.

    Sample::

        {"data": [{"contract_code": "BTC-USDT", "funding_rate": "0.000083", "funding_time": "1767225600000",
                   "next_funding_time": "1767240000000"}],
         "ts": 1767225601250}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "contract_code"):
        at = instant(response.payload, "ts")
        hours = hours_between(row, "funding_time", "next_funding_time")
        yield read_funding_rate(instrument.symbol, at, row, "funding_rate", is_settled=False, hours=hours)


def parse_settled(response: Response) -> Iterable[Row]:
    """Read settled rates, each a fraction. The venue does not state the interval.

    Sample::

        {"data": [{"contract_code": "BTC-USDT", "funding_rate": "-0.0001", "funding_time": "1767225600000"}]}
    """
    for row in own_rows(rows(response.payload, "data"), contract_code=response.symbol):
        yield read_funding_rate(response.symbol, instant(row, "funding_time"), row, "funding_rate", is_settled=True)


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
        request=call("contractPublicGetV5MarketFundingRateHistory", linear_page),
        readings=(Reading("htx_funding_rate_history_linear", FUNDING_RATE, "instant", parse_settled, None),),
        label_spacing=timedelta(hours=1),
        page_rows=LINEAR_PAGE_ROWS,
        applies_to=is_linear_swap,
    ),
    feed(
        name="funding_rate_history_inverse",
        path="swap-api/v1/swap_historical_funding_rate",
        request=_request_inverse_history,
        readings=(Reading("htx_funding_rate_history_inverse", FUNDING_RATE, "instant", parse_settled, None),),
        label_spacing=timedelta(hours=8),
        page_rows=_WALKED_ROWS,
        is_paged_by_request=True,
        applies_to=is_inverse_swap,
    ),
)
