"""OKX's long/short ratios and taker volume, from its trading statistics."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from ingestion.api.feed import BAR, Reading, Response
from ingestion.api.instruments import is_perpetual
from ingestion.api.payload import instant, rows
from ingestion.api.readers import read_ratio
from ingestion.api.requests import call
from ingestion.api.rows import Row
from ingestion.records import LONG_SHORT_RATIO, RatioBasis
from ingestion.venues.okx.requests import PAGE_ROWS, begin_and_end, feed


def parse_ratio(response: Response, basis: RatioBasis) -> Iterable[Row]:
    """Read rows of label and long / short.

    Sample::

        {"data": [["1767225600000", "1.5"]]}
    """
    for row in rows(response.payload, "data"):
        yield read_ratio(response.symbol, instant(row, 0), row, basis, ratio=1)


def parse_taker_volume(response: Response) -> Iterable[Row]:
    """Read rows of label, then the base coins that takers sold and the base coins that they bought.

    Sample::

        {"data": [["1767225600000", "40.5", "59.5"]]}
    """
    for row in rows(response.payload, "data"):
        yield read_ratio(response.symbol, instant(row, 0), row, "taker_flow", (2, 1), unit="base")


def _parameters(instrument: Any, window: Any) -> dict[str, Any]:
    return {"instId": instrument.symbol, "period": "5m", **begin_and_end(window)}


def _ratio(collector: str, basis: RatioBasis) -> tuple[Reading]:
    return (Reading(collector, LONG_SHORT_RATIO, "start", partial(parse_ratio, basis=basis)),)


_statistics = partial(
    feed,
    weight="1 of 5 requests in 2 seconds per IP and contract",
    label_spacing=BAR,
    page_rows=PAGE_ROWS,
    retention=1440 * BAR,
    applies_to=is_perpetual,
)

RATIO_FEEDS = (
    _statistics(
        name="long_short_accounts",
        path="api/v5/rubik/stat/contracts/long-short-account-ratio-contract",
        request=call("publicGetRubikStatContractsLongShortAccountRatioContract", _parameters),
        readings=_ratio("okx_long_short_accounts", "accounts"),
    ),
    _statistics(
        name="long_short_top_accounts",
        path="api/v5/rubik/stat/contracts/long-short-account-ratio-contract-top-trader",
        request=call("publicGetRubikStatContractsLongShortAccountRatioContractTopTrader", _parameters),
        readings=_ratio("okx_long_short_top_accounts", "top_accounts"),
    ),
    _statistics(
        name="long_short_top_positions",
        path="api/v5/rubik/stat/contracts/long-short-position-ratio-contract-top-trader",
        request=call("publicGetRubikStatContractsLongShortPositionRatioContractTopTrader", _parameters),
        readings=_ratio("okx_long_short_top_positions", "top_positions"),
    ),
    _statistics(
        name="taker_volume",
        path="api/v5/rubik/stat/taker-volume-contract",
        request=call(
            "publicGetRubikStatTakerVolumeContract",
            # Unit 0 is coins, 1 (the default) contracts, 2 USD.
            lambda instrument, window: {**_parameters(instrument, window), "unit": "0"},
        ),
        readings=(Reading("okx_taker_volume", LONG_SHORT_RATIO, "start", parse_taker_volume),),
    ),
)
