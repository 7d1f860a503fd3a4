"""Coinglass v4: open interest by exchange, perpetual and dated contracts together, in USD. Needs a key.

What belongs here: its endpoint and its response. What does not: its files of earlier days (ingestion/files).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import httpx

from common.errors import InputError
from ingestion.api.feed import Reading, Response
from ingestion.api.payload import instant, mapping, milliseconds, number, rows
from ingestion.api.rows import Row
from ingestion.api.vendor import Vendor, VendorFeed
from ingestion.records import OPEN_INTEREST
from ingestion.vendors.client import get_json

_MARK = timedelta(hours=4)
_MARK_SECONDS = 14_400
_OK = "0"


async def _request_exchange_history(client: httpx.AsyncClient, assets: Sequence[str], _: Any) -> Any:
    path = "api/futures/open-interest/exchange-history-chart"
    return {asset: await get_json(client, path, {"symbol": asset, "range": "4h"}) for asset in assets}


def parse_exchange_history(response: Response) -> Iterable[Row]:
    """Read ``exchange-history-chart``: USD at each mark of 4 hours, a column per exchange.

    The last mark may be the moment of the call; it is none of 4 hours and left out. An exchange that has no value at a
    mark has None.
    """
    for asset in mapping(response.payload):
        chart = _chart(response, asset)
        prices = rows(chart, "price_list")
        for place, label in enumerate(rows(chart, "time_list")):
            stamped_at = instant({"time": label}, "time")
            if milliseconds(stamped_at) % (_MARK // timedelta(milliseconds=1)):
                continue
            for exchange in mapping(chart, "data_map"):
                yield {
                    "scope": "venue_total",
                    "venue_native": exchange,
                    "symbol": asset,
                    "stamped_at": stamped_at,
                    "native_field": "venue_total",
                    "oi_native": number(chart["data_map"][exchange], place),
                    "native_unit": "usd",
                    "value_usd_native": None,
                    "price_usd_native": number(prices, place),
                    "payload": {"time": label, "exchange": exchange, "value": chart["data_map"][exchange][place]},
                }


def _chart(response: Response, asset: str) -> Any:
    body = mapping(response.payload, asset)
    # A refusal comes with HTTP 200. Its text is the vendor's and stays out of the error.
    if str(body.get("code")) != _OK:
        raise InputError(f"Coinglass refused open interest of {asset} with code {body.get('code')}; check key and plan")
    chart = mapping(body, "data")
    lengths = {len(rows(chart, "time_list")), len(rows(chart, "price_list"))}
    lengths |= {len(rows(chart, "data_map", exchange)) for exchange in mapping(chart, "data_map")}
    if len(lengths) != 1:
        raise InputError(f"the columns of {asset} have {sorted(lengths)} marks; the response's format has changed")
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
                    _MARK_SECONDS,
                    parse_exchange_history,
                ),
            ),
            weight="1 of the plan's requests a minute, for each asset",
            evidence="Coinglass API v4, futures, open interest; data README, coinglass",
        ),
    ),
)
