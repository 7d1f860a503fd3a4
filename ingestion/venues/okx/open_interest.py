"""OKX's open interest: now for all contracts of a type, and the history of a contract."""

from collections.abc import Iterable

from ingestion.api.feed import BAR, Feed, Reading, Response
from ingestion.api.payload import instant, number, rows
from ingestion.api.readers import read_open_interest
from ingestion.api.requests import call
from ingestion.api.responses import followed_rows
from ingestion.api.rows import Row, open_interest
from ingestion.records import OPEN_INTEREST
from ingestion.venues.okx.requests import PAGE_ROWS, begin_and_end, feed


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``public/open-interest``: base coins and their value in USD. The number of contracts stays in the payload.

    Sample::

        {"data": [{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "ts": "1767225601250",
                   "oi": "2500000", "oiCcy": "25000", "oiUsd": "2250000000"},
                  {"instId": "BTC-USD-261225", "instType": "FUTURES", "ts": "1767225601250",
                   "oi": "450000", "oiCcy": "500", "oiUsd": "45000000"}]}
    """
    for instrument, row in followed_rows(response, rows(response.payload, "data"), "instId"):
        yield read_open_interest(instrument.symbol, instant(row, "ts"), row, "oiCcy", "base", value_usd="oiUsd")


def parse_open_interest_history(response: Response) -> Iterable[Row]:
    """Read rows of label, contracts, base coins and USD: levels at the end of the bar. The label is the bar's start.

    Sample::

        {"data": [["1767225600000", "2500000", "25000", "2250000000"]]}
    """
    for row in rows(response.payload, "data"):
        yield open_interest(
            response.symbol,
            instant(row, 0),
            row,
            native_field="oiCcy",
            oi_native=number(row, 2),
            native_unit="base",
            value_usd_native=number(row, 3),
        )


def _open_interest_now(name: str, instrument_type: str) -> Feed:
    return feed(
        name=name,
        path="api/v5/public/open-interest",
        request=call("publicGetPublicOpenInterest", lambda _instrument, _window: {"instType": instrument_type}),
        readings=(Reading("okx_open_interest", OPEN_INTEREST, "instant", parse_open_interest),),
        weight="1 of 20 requests in 2 seconds per IP",
        is_bulk=True,
        applies_to=lambda instrument: instrument.payload["instType"] == instrument_type,
    )


OPEN_INTEREST_FEEDS = (
    _open_interest_now("open_interest_swap", "SWAP"),
    _open_interest_now("open_interest_futures", "FUTURES"),
    feed(
        name="open_interest_history",
        path="api/v5/rubik/stat/contracts/open-interest-history",
        request=call(
            "publicGetRubikStatContractsOpenInterestHistory",
            lambda instrument, window: {"instId": instrument.symbol, "period": "5m", **begin_and_end(window)},
        ),
        readings=(Reading("okx_open_interest_history", OPEN_INTEREST, "start", parse_open_interest_history),),
        weight="1 of 10 requests in 2 seconds per IP and contract",
        label_spacing=BAR,
        page_rows=PAGE_ROWS,
        retention=1440 * BAR,
    ),
)
