"""Coinglass v4: open interest by exchange, perpetual and dated contracts together, in USD. It needs a key.

What belongs here: its endpoint and its response. What does not: its exported files of earlier days (ingestion/files).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from common.errors import InputError
from ingestion.api.feed import Reading, Response
from ingestion.api.payload import instant, mapping, milliseconds, number, rows
from ingestion.api.rows import Row, open_interest
from ingestion.api.vendor import Vendor, VendorFeed, scoped
from ingestion.records import OPEN_INTEREST
from ingestion.vendors.client import get_json

_BAR_SECONDS = 14_400
_BAR_MILLISECONDS = 1000 * _BAR_SECONDS


async def _request_exchange_history(client: httpx.AsyncClient, assets: Sequence[str], _window: Any) -> Any:
    path = "api/futures/open-interest/exchange-history-chart"
    return {asset: await get_json(client, path, {"symbol": asset, "range": "4h"}) for asset in assets}


def parse_exchange_history(response: Response) -> Iterable[Row]:
    """Read ``exchange-history-chart``: USD at the end of each 4-hour bar, a column per exchange.

    The last time may be the time of the request instead of a bar end; the parser skips it. A value that the vendor does
    not have is None.

    Sample::

        {"BTC": {"code": "0", "msg": "success", "data": {
            "time_list": [1767225600000, 1767240000000], "price_list": [90000.5, 91000],
            "data_map": {"BINANCE": [12840000000.5, 12900000000], "KUCOIN": [null, 100]}}}}
    """
    for asset in mapping(response.payload):
        chart = _chart(response, asset)
        prices = rows(chart, "price_list")
        for place, label in enumerate(rows(chart, "time_list")):
            stamped_at = instant({"time": label}, "time")
            if milliseconds(stamped_at) % _BAR_MILLISECONDS:
                continue
            for exchange, values in mapping(chart, "data_map").items():
                level = open_interest(
                    asset,
                    stamped_at,
                    {"time": label, "exchange": exchange, "value": values[place]},
                    native_field="venue_total",
                    oi_native=number(values, place),
                    native_unit="usd",
                    price_usd_native=number(prices, place),
                )
                yield scoped(level, "venue_total", exchange)


def _chart(response: Response, asset: str) -> Any:
    chart = mapping(response.payload, asset, "data")
    lengths = {len(rows(chart, "time_list")), len(rows(chart, "price_list"))}
    lengths |= {len(rows(chart, "data_map", exchange)) for exchange in mapping(chart, "data_map")}
    if len(lengths) != 1:
        raise InputError(f"the columns of {asset} have {sorted(lengths)} values; the response's format has changed")
    return chart


COINGLASS = Vendor(
    name="Coinglass",
    source="coinglass",
    base_url="https://open-api-v4.coinglass.com/",
    key_variable="OIW_COINGLASS_API_KEY",
    key_header="CG-API-KEY",
    feeds=(
        VendorFeed(
            name="open_interest_by_exchange",
            path="api/futures/open-interest/exchange-history-chart",
            request=_request_exchange_history,
            readings=(
                Reading(
                    "coinglass_open_interest_by_exchange_api",
                    OPEN_INTEREST,
                    "instant",
                    parse_exchange_history,
                    _BAR_SECONDS,
                ),
            ),
            weight="1 of the requests a minute of the plan, for each asset",
            evidence="Coinglass API v4 documentation, futures, open interest",
        ),
    ),
)
