"""Long/short ratios of HTX's elite accounts. Neither share contains accounts that are both long and short."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from ingestion.api.feed import BAR, Instrument, Reading, Request, Response
from ingestion.api.payload import instant, rows
from ingestion.api.readers import read_ratio
from ingestion.api.requests import call
from ingestion.api.rows import Row
from ingestion.records import LONG_SHORT_RATIO, RatioBasis
from ingestion.venues.htx.instruments import is_inverse_swap, is_linear_swap
from ingestion.venues.htx.requests import feed, within_window

_PAGE_ROWS = 30


def _parameters(instrument: Instrument, _window: Any) -> dict[str, str]:
    return {"contract_code": instrument.symbol, "period": "5min"}


def _request(method: str) -> Request:
    return within_window(call(method, _parameters), "data", "list")


def parse_ratio(response: Response, *, basis: RatioBasis) -> Iterable[Row]:
    """Read the shares of accounts or of positions that are long and short.

    Sample::

        {"data": [{"buy_ratio": 0.6, "sell_ratio": 0.3, "locked_ratio": 0.1, "ts": 1767225600000}]}
    """
    for row in rows(response.payload, "data"):
        yield read_ratio(response.symbol, instant(row, "ts"), row, basis, ("buy_ratio", "sell_ratio"))


def _ratio(collector: str, basis: RatioBasis) -> tuple[Reading]:
    return (Reading(collector, LONG_SHORT_RATIO, "instant", partial(parse_ratio, basis=basis)),)


_ratios = partial(feed, label_spacing=BAR, page_rows=_PAGE_ROWS, retention=BAR * _PAGE_ROWS)

RATIO_FEEDS = (
    _ratios(
        name="long_short_top_accounts_linear",
        path="linear-swap-api/v1/swap_elite_account_ratio",
        request=_request("contractPublicGetLinearSwapApiV1SwapEliteAccountRatio"),
        readings=_ratio("htx_long_short_top_accounts_linear", "top_accounts"),
        applies_to=is_linear_swap,
    ),
    _ratios(
        name="long_short_top_positions_linear",
        path="linear-swap-api/v1/swap_elite_position_ratio",
        request=_request("contractPublicGetLinearSwapApiV1SwapElitePositionRatio"),
        readings=_ratio("htx_long_short_top_positions_linear", "top_positions"),
        applies_to=is_linear_swap,
    ),
    _ratios(
        name="long_short_top_accounts_inverse",
        path="swap-api/v1/swap_elite_account_ratio",
        request=_request("contractPublicGetSwapApiV1SwapEliteAccountRatio"),
        readings=_ratio("htx_long_short_top_accounts_inverse", "top_accounts"),
        applies_to=is_inverse_swap,
    ),
    _ratios(
        name="long_short_top_positions_inverse",
        path="swap-api/v1/swap_elite_position_ratio",
        request=_request("contractPublicGetSwapApiV1SwapElitePositionRatio"),
        readings=_ratio("htx_long_short_top_positions_inverse", "top_positions"),
        applies_to=is_inverse_swap,
    ),
)
