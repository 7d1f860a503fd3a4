"""OKX's funding rates, running and settled. Dated contracts have none."""

from collections.abc import Iterable
from datetime import timedelta

from ingestion.api.feed import Reading, Response
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, rows
from ingestion.api.readers import hours_between, read_funding_rate
from ingestion.api.requests import call
from ingestion.api.responses import followed_rows
from ingestion.api.rows import Row
from ingestion.records import FUNDING_RATE
from ingestion.venues.okx.requests import PAGE_ROWS, before_and_after, feed

_HOUR = timedelta(hours=1)


def parse_current_funding(response: Response) -> Iterable[Row]:
    """Read the running rate, a fraction per interval: the time between the next two settlements.

    Sample::

        {"data": [{"instId": "BTC-USDT-SWAP", "ts": "1767225601250", "fundingRate": "0.0001",
                   "fundingTime": "1767240000000", "nextFundingTime": "1767254400000"}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "instId"):
        at = instant(row, "ts")
        hours = hours_between(row, "fundingTime", "nextFundingTime")
        yield read_funding_rate(instrument.symbol, at, row, "fundingRate", is_settled=False, hours=hours)


def parse_settled_funding(response: Response) -> Iterable[Row]:
    """Read settled rates: ``realizedRate`` was paid, ``fundingRate`` was the prediction.

    Sample::

        {"data": [{"instId": "BTC-USDT-SWAP", "fundingTime": "1767225600000",
                   "fundingRate": "0.00012", "realizedRate": "0.0001"}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "instId"):
        yield read_funding_rate(instrument.symbol, instant(row, "fundingTime"), row, "realizedRate", is_settled=True)


FUNDING_FEEDS = (
    feed(
        name="funding_rate",
        path="api/v5/public/funding-rate",
        request=call("publicGetPublicFundingRate", lambda instrument, _window: {"instId": instrument.symbol}),
        readings=(Reading("okx_funding_rate", FUNDING_RATE, "instant", parse_current_funding),),
        weight="1 of 10 requests in 2 seconds per IP and contract",
        applies_to=is_perpetual,
    ),
    feed(
        name="funding_rate_history",
        path="api/v5/public/funding-rate-history",
        request=call(
            "publicGetPublicFundingRateHistory",
            lambda instrument, window: {"instId": instrument.symbol, **before_and_after(window)},
        ),
        readings=(Reading("okx_funding_rate_history", FUNDING_RATE, "instant", parse_settled_funding, None),),
        weight="1 of 10 requests in 2 seconds per IP and contract",
        label_spacing=_HOUR,
        page_rows=PAGE_ROWS,
        retention=timedelta(days=90),
        applies_to=is_perpetual,
    ),
)
