"""What a vendor's module declares: the venues' shapes, for APIs that ccxt does not know.

What belongs here: the shapes that vendor modules fill and the engine (``ingestion/live``) runs. What does not: a single
vendor's paths and fields, and the HTTP client (``ingestion/vendors``).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from ingestion.api.feed import Reading, Window
from ingestion.api.rows import Row
from ingestion.records import Scope


@dataclass(frozen=True)
class VendorFeed:
    """One endpoint of a vendor.

    ``request(client, assets, window)`` returns the raw response for all assets. The readings parse it, as those of a
    venue do, but their rows also hold ``scope`` and ``venue_native`` (None: of no venue). ``label_spacing`` is None for
    a snapshot, which is requested without a window.
    """

    name: str
    path: str
    request: Callable[[httpx.AsyncClient, Sequence[str], Window | None], Awaitable[Any]]
    readings: tuple[Reading, ...]
    weight: str
    evidence: str
    label_spacing: timedelta | None = None
    page_rows: int | None = None
    retention: timedelta | None = None


@dataclass(frozen=True)
class Vendor:
    """A vendor's API. ``key_variable`` names the environment's variable of its key and ``key_header`` where it goes.

    Both are None for a vendor that needs no key.
    """

    name: str
    source: str
    base_url: str
    feeds: tuple[VendorFeed, ...]
    key_variable: str | None = None
    key_header: str | None = None


def scoped(row: Row, scope: Scope, venue_native: str | None) -> Row:
    """Return ``row`` with what a vendor's row states beside its dataset: its scope, and its venue where it has one."""
    return {**row, "scope": scope, "venue_native": venue_native}
