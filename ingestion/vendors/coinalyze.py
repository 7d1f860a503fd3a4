"""Coinalyze v1: hourly histories of Binance's USDT perpetuals. It needs a key.

What belongs here: its endpoints and their responses. What does not: contracts of other venues, which it names
differently.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx

from common.errors import InputError
from ingestion.api.feed import Reading, Response, Window
from ingestion.api.instruments import asset_of
from ingestion.api.payload import instant, milliseconds, number, rows, text
from ingestion.api.readers import read_ratio
from ingestion.api.rows import Row, funding_rate, liquidation, open_interest
from ingestion.api.vendor import Vendor, VendorFeed, scoped
from ingestion.records import FUNDING_RATE, LIQUIDATION, LONG_SHORT_RATIO, OPEN_INTEREST
from ingestion.vendors.client import get_json

_HOUR_SECONDS = 3600
# The vendor appends it to the symbol of a perpetual on Binance.
_SUFFIX = "_PERP.A"
_QUOTE = "USDT"
# The vendor allows so many symbols in one request.
_MOST_SYMBOLS = 20


async def _names(client: httpx.AsyncClient, assets: Sequence[str]) -> dict[str, str]:
    """Return the vendor's symbol of each asset. Binance lists some coins by the thousand, such as 1000PEPEUSDT."""
    names: dict[str, str] = {}
    for contract in rows(await get_json(client, "future-markets", {})):
        symbol = text(contract, "symbol")
        if symbol.endswith(_QUOTE + _SUFFIX):
            asset = asset_of(symbol.removesuffix(_QUOTE + _SUFFIX))
            if asset in assets:
                names[asset] = symbol
    return names


def _history(path: str) -> Callable[[httpx.AsyncClient, Sequence[str], Window | None], Awaitable[Any]]:
    async def request(client: httpx.AsyncClient, names: Sequence[str], window: Window | None) -> Any:
        if window is None:
            raise InputError(f"{path} is a history and needs a window of time; this request has none")
        # The vendor includes both ends.
        span = {"from": milliseconds(window.since) // 1000, "to": milliseconds(window.until) // 1000 - 1}
        series: list[Any] = []
        for place in range(0, len(names), _MOST_SYMBOLS):
            symbols = ",".join(names[place : place + _MOST_SYMBOLS])
            series += rows(await get_json(client, path, {"symbols": symbols, "interval": "1hour", **span}))
        return series

    return request


def _points(response: Response) -> Iterator[tuple[str, datetime, Mapping[str, Any]]]:
    for series in rows(response.payload):
        name = text(series, "symbol")
        if not name.endswith(_SUFFIX):
            raise InputError(f"the response is about {name}, which was not requested; the vendor's API has changed")
        for point in rows(series, "history"):
            yield name.removesuffix(_SUFFIX), instant(point, "t", unit="s"), point


def _of_binance(row: Row) -> Row:
    return scoped(row, "instrument", "binance")


def parse_open_interest(response: Response) -> Iterable[Row]:
    """Read ``open-interest-history``: base coins at the close of each hour.

    Sample::

        [{"symbol": "BTCUSDT_PERP.A", "history": [{"t": 1767225600, "o": 1.5, "h": 4.5, "l": 0.5, "c": 2.5}]}]
    """
    for symbol, stamped_at, point in _points(response):
        yield _of_binance(
            open_interest(
                symbol, stamped_at, point, native_field="close", oi_native=number(point, "c"), native_unit="base"
            )
        )


def parse_liquidations(response: Response) -> Iterable[Row]:
    """Read ``liquidation-history``: base coins of longs and of shorts that were liquidated in each hour.

    Sample::

        [{"symbol": "BTCUSDT_PERP.A", "history": [{"t": 1767225600, "l": 3.25, "s": 1.75}]}]
    """
    for symbol, stamped_at, point in _points(response):
        yield _of_binance(
            liquidation(
                symbol,
                stamped_at,
                point,
                long_native=number(point, "l"),
                short_native=number(point, "s"),
                native_unit="base",
            )
        )


def parse_funding_rate(response: Response) -> Iterable[Row]:
    """Read ``funding-rate-history``: the running rate at the close of each hour, in percent per interval.

    Sample::

        [{"symbol": "BTCUSDT_PERP.A", "history": [{"t": 1767225600, "o": 0.01, "h": 0.02, "l": 0.01, "c": 0.015}]}]
    """
    for symbol, stamped_at, point in _points(response):
        yield _of_binance(
            funding_rate(
                symbol, stamped_at, point, rate_native=number(point, "c"), native_unit="percent", is_settled=False
            )
        )


def parse_long_short_ratio(response: Response) -> Iterable[Row]:
    """Read ``long-short-ratio-history``: the percentages of accounts that are long and short, and their ratio.

    Sample::

        [{"symbol": "BTCUSDT_PERP.A", "history": [{"t": 1767225600, "r": 1.5, "l": 60.0, "s": 40.0}]}]
    """
    for symbol, stamped_at, point in _points(response):
        yield _of_binance(read_ratio(symbol, stamped_at, point, "accounts", ("l", "s"), unit="percent", ratio="r"))


_feed = partial(
    VendorFeed,
    weight="1 of 40 a minute per key, for each asset",
    evidence="Coinalyze API v1 documentation",
    label_spacing=timedelta(hours=1),
    page_rows=500,
)

COINALYZE = Vendor(
    name="Coinalyze",
    source="coinalyze",
    base_url="https://api.coinalyze.net/v1/",
    key_variable="OIW_COINALYZE_API_KEY",
    key_header="api_key",
    names=_names,
    feeds=(
        _feed(
            name="open_interest",
            path="open-interest-history",
            request=_history("open-interest-history"),
            readings=(
                Reading("coinalyze_open_interest_api", OPEN_INTEREST, "start", parse_open_interest, _HOUR_SECONDS),
            ),
        ),
        _feed(
            name="liquidation",
            path="liquidation-history",
            request=_history("liquidation-history"),
            readings=(Reading("coinalyze_liquidation_api", LIQUIDATION, "start", parse_liquidations, _HOUR_SECONDS),),
        ),
        _feed(
            name="funding",
            path="funding-rate-history",
            request=_history("funding-rate-history"),
            readings=(Reading("coinalyze_funding_api", FUNDING_RATE, "start", parse_funding_rate, _HOUR_SECONDS),),
        ),
        _feed(
            name="long_short",
            path="long-short-ratio-history",
            request=_history("long-short-ratio-history"),
            readings=(
                Reading("coinalyze_long_short_api", LONG_SHORT_RATIO, "start", parse_long_short_ratio, _HOUR_SECONDS),
            ),
        ),
    ),
)
