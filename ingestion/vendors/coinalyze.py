"""Coinalyze v1: hourly histories of Binance's USDT perpetuals. Needs a key.

What belongs here: its endpoints and their responses. What does not: other venues, whose names of contracts differ.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx

from common.errors import InputError
from ingestion.api.feed import Reading, Response, Window
from ingestion.api.payload import instant, milliseconds, number, rows, text
from ingestion.api.rows import Row
from ingestion.api.vendor import Vendor, VendorFeed
from ingestion.records import FUNDING_RATE, LIQUIDATION, LONG_SHORT_RATIO, OPEN_INTEREST, Dataset
from ingestion.vendors.client import get_json

_HOUR = timedelta(hours=1)
_HOUR_SECONDS = 3600
_PAGE_ROWS = 500
# The vendor's suffix of a perpetual on Binance.
_SUFFIX = "_PERP.A"

Request = Callable[[httpx.AsyncClient, Sequence[str], Window | None], Awaitable[Any]]


def _request(path: str) -> Request:
    async def request(client: httpx.AsyncClient, assets: Sequence[str], window: Window | None) -> Any:
        if window is None:
            raise InputError(f"{path} is a history; it cannot be requested without a window")
        symbols = ",".join(f"{asset}USDT{_SUFFIX}" for asset in assets)
        # Both ends of the vendor's range are included.
        span = {"from": milliseconds(window.since) // 1000, "to": milliseconds(window.until) // 1000 - 1}
        return await get_json(client, path, {"symbols": symbols, "interval": "1hour", **span})

    return request


def _histories(response: Response) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    for series in rows(response.payload):
        name = text(series, "symbol")
        if not name.endswith(_SUFFIX):
            raise InputError(f"the response is about {name}, which was not requested; its format has changed")
        for point in rows(series, "history"):
            place = {
                "scope": "instrument",
                "venue_native": "binance",
                "symbol": name.removesuffix(_SUFFIX),
                "stamped_at": instant(point, "t", unit="s"),
                "payload": point,
            }
            yield place, point


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``open-interest-history``: coins at the close of each hour."""
    for place, point in _histories(response):
        yield {
            **place,
            "native_field": "close",
            "oi_native": number(point, "c"),
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": None,
        }


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read ``liquidation-history``: coins of longs and shorts that were liquidated in each hour."""
    for place, point in _histories(response):
        yield {
            **place,
            "long_native": number(point, "l"),
            "short_native": number(point, "s"),
            "native_unit": "base",
            "coverage": "aggregate",
        }


def parse_funding_rate(response: Response) -> Iterable[Row]:
    """Read ``funding-rate-history``: the running rate at the close of each hour, in percent per interval."""
    for place, point in _histories(response):
        yield {
            **place,
            "rate_native": number(point, "c"),
            "native_unit": "percent",
            "funding_interval_hours": None,
            "is_settled": False,
        }


def parse_long_short_ratio(response: Response) -> Iterable[Row]:
    """Read ``long-short-ratio-history``: percent of accounts that are long and short, and their ratio."""
    for place, point in _histories(response):
        yield {
            **place,
            "basis": "accounts",
            "long_native": number(point, "l"),
            "short_native": number(point, "s"),
            "native_unit": "percent",
            "ratio_native": number(point, "r"),
        }


def _history(name: str, path: str, dataset: Dataset, parse: Callable[[Response], Iterable[Row]]) -> VendorFeed:
    return VendorFeed(
        name=name,
        path=path,
        request=_request(path),
        readings=(Reading(f"coinalyze_{name}_api", dataset, "start", _HOUR_SECONDS, parse),),
        weight="1 of 40 a minute and key, for each asset",
        evidence="Coinalyze API v1; data README, coinalyze",
        label_spacing=_HOUR,
        page_rows=_PAGE_ROWS,
    )


COINALYZE = Vendor(
    name="Coinalyze",
    source="coinalyze",
    base_url="https://api.coinalyze.net/v1/",
    key_variable="OIW_COINALYZE_API_KEY",
    key_header="api_key",
    feeds=(
        _history("open_interest", "open-interest-history", OPEN_INTEREST, parse_open_interest),
        _history("liquidation", "liquidation-history", LIQUIDATION, parse_liquidations),
        _history("funding", "funding-rate-history", FUNDING_RATE, parse_funding_rate),
        _history("long_short", "long-short-ratio-history", LONG_SHORT_RATIO, parse_long_short_ratio),
    ),
)
