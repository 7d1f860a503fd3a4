"""The declarations of a vendor's module: its API and feeds, as in feed.py, for APIs that ccxt does not support.

What belongs here: the classes that vendor modules fill and the engine (``ingestion/live``) runs. What does not: a
single vendor's paths and fields, and the HTTP client (``ingestion/vendors``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from ingestion.api.feed import Reading, Window
from ingestion.api.rows import Row
from ingestion.records import Scope


async def own_names(_client: httpx.AsyncClient, assets: Sequence[str]) -> dict[str, str]:
    """Return each asset under its own name."""
    return {asset: asset for asset in assets}


@dataclass(frozen=True)
class VendorFeed:
    """One endpoint of a vendor.

    ``request(client, names, window)`` returns the raw response for all names (see Vendor). The readings parse it as
    those of a venue do, but their rows also have ``scope`` and ``venue_native`` (None where the row is not about one
    venue).
    ``label_spacing`` is None for a snapshot, which is requested without a window.
    """

    name: str
    path: str
    request: Callable[[httpx.AsyncClient, Sequence[str], Window | None], Awaitable[Any]]
    readings: tuple[Reading, ...]
    weight: str
    evidence: str
    label_spacing: timedelta | None = None
    page_rows: int | None = None
    is_paged_by_request: bool = False
    retention: timedelta | None = None


@dataclass(frozen=True)
class Vendor:
    """A vendor's API.

    ``names(client, assets)`` returns the vendor's name of each asset, without the assets that it does not have.
    ``key_variable`` is the environment variable with the API key, and ``key_header`` the HTTP header that carries it.
    Both are None for a vendor that needs no key.
    """

    name: str
    source: str
    base_url: str
    feeds: tuple[VendorFeed, ...]
    names: Callable[[httpx.AsyncClient, Sequence[str]], Awaitable[Mapping[str, str]]] = own_names
    key_variable: str | None = None
    key_header: str | None = None


def scoped(row: Row, scope: Scope, venue_native: str | None) -> Row:
    """Return ``row`` with the two columns that a vendor's row adds: its scope, and its venue where it has one."""
    return {**row, "scope": scope, "venue_native": venue_native}
