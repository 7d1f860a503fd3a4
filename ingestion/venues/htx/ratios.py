"""Long/short ratios of HTX's elite accounts. Accounts that are both long and short are in neither share."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ingestion.api.feed import BAR, BAR_SECONDS, Exchange, Feed, Instrument, Reading, Request, Response
from ingestion.api.payload import instant, number, rows
from ingestion.api.rows import Row, long_short_ratio
from ingestion.records import LONG_SHORT_RATIO, RatioBasis
from ingestion.venues.htx.instruments import is_inverse_swap, is_linear_swap
from ingestion.venues.htx.requests import feed, is_inside

_PAGE_ROWS = 30


def _newest(method: str) -> Request:
    async def request(exchange: Exchange, instrument: Any, window: Any) -> Any:
        response = await getattr(exchange, method)({"contract_code": instrument.symbol, "period": "5min"})
        # The endpoint returns its newest rows, whatever the window is.
        return {"data": [row for row in rows(response, "data", "list") if is_inside(window, row, "ts")]}

    return request


def parse_ratio(response: Response, *, basis: RatioBasis) -> Iterable[Row]:
    """Read the shares of long and short, of accounts or of positions.

    Sample::

        {"data": [{"buy_ratio": 0.6, "sell_ratio": 0.3, "locked_ratio": 0.1, "ts": 1767225600000}]}
    """
    for row in rows(response.payload, "data"):
        yield long_short_ratio(
            response.instrument.symbol,
            instant(row, "ts"),
            row,
            basis=basis,
            long_native=number(row, "buy_ratio"),
            short_native=number(row, "sell_ratio"),
        )


def _ratio(
    *, name: str, path: str, method: str, collector: str, basis: RatioBasis, applies_to: Callable[[Instrument], bool]
) -> Feed:
    return feed(
        name=name,
        path=path,
        request=_newest(method),
        readings=(Reading(collector, LONG_SHORT_RATIO, "instant", BAR_SECONDS, partial(parse_ratio, basis=basis)),),
        label_spacing=BAR,
        page_rows=_PAGE_ROWS,
        retention=BAR * _PAGE_ROWS,
        applies_to=applies_to,
    )


RATIO_FEEDS = (
    _ratio(
        name="long_short_top_accounts_linear",
        path="linear-swap-api/v1/swap_elite_account_ratio",
        method="contractPublicGetLinearSwapApiV1SwapEliteAccountRatio",
        collector="htx_long_short_top_accounts_linear",
        basis="top_accounts",
        applies_to=is_linear_swap,
    ),
    _ratio(
        name="long_short_top_positions_linear",
        path="linear-swap-api/v1/swap_elite_position_ratio",
        method="contractPublicGetLinearSwapApiV1SwapElitePositionRatio",
        collector="htx_long_short_top_positions_linear",
        basis="top_positions",
        applies_to=is_linear_swap,
    ),
    _ratio(
        name="long_short_top_accounts_inverse",
        path="swap-api/v1/swap_elite_account_ratio",
        method="contractPublicGetSwapApiV1SwapEliteAccountRatio",
        collector="htx_long_short_top_accounts_inverse",
        basis="top_accounts",
        applies_to=is_inverse_swap,
    ),
    _ratio(
        name="long_short_top_positions_inverse",
        path="swap-api/v1/swap_elite_position_ratio",
        method="contractPublicGetSwapApiV1SwapElitePositionRatio",
        collector="htx_long_short_top_positions_inverse",
        basis="top_positions",
        applies_to=is_inverse_swap,
    ),
)
