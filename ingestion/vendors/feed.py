"""What a vendor's module declares, and how it is asked: the venues' shapes, for APIs that ccxt does not know.

What belongs here: the shapes, the request over HTTP, its errors. What does not: a single vendor's paths and fields
(the modules beside this one), retry, state and landing (``ingestion/live``).

A key goes into a header of the client and nowhere else: no address, error or payload ever holds it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from common.errors import InputError
from ingestion.api.feed import Answer, Reading, Row, Window
from ingestion.live.exchange import RefusedForNowError, UnreachableError

_TIMEOUT_SECONDS = 20.0
_TRANSIENT_STATUSES = frozenset({408, 429})
_FIRST_ERROR_STATUS = 400
_FIRST_SERVER_ERROR_STATUS = 500
_KEY_STATUSES = frozenset({401, 403})


@dataclass(frozen=True)
class VendorFeed:
    """One endpoint of a vendor.

    ``request(client, assets, window)`` returns the answer, raw, for all assets; the readings parse it, as a venue's do,
    but their rows also hold ``scope`` and ``venue_native`` (None for what is of no venue). ``label_spacing`` is None
    for a snapshot, which is asked without a window.
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


def open_client(vendor: Vendor, key: SecretStr | None = None, base_url: str | None = None) -> httpx.AsyncClient:
    """Return a client of ``vendor``, at ``base_url`` where given. Raises InputError when it lacks the key it needs."""
    headers = {}
    if vendor.key_header is not None:
        if key is None:
            raise InputError(f"{vendor.name} needs an API key; set {vendor.key_variable} or leave the vendor out")
        headers[vendor.key_header] = key.get_secret_value()
    return httpx.AsyncClient(base_url=base_url or vendor.base_url, headers=headers, timeout=_TIMEOUT_SECONDS)


async def fetch(
    client: httpx.AsyncClient, feed: VendorFeed, assets: Sequence[str], window: Window | None
) -> list[tuple[Reading, list[Row]]]:
    """Ask ``feed`` for ``assets`` and return the rows of each of its readings.

    Raises TransientError for what may pass (network, 408, 429, 5xx), InputError for anything else.
    """
    payload = await feed.request(client, assets, window)
    answer = Answer(payload, datetime.now(UTC).replace(tzinfo=None), {})
    return [(reading, list(reading.parse(answer))) for reading in feed.readings]


async def get_json(client: httpx.AsyncClient, path: str, parameters: Mapping[str, Any]) -> Any:
    """Return the JSON that ``path`` answers. Raises as :func:`fetch` does."""
    try:
        response = await client.get(path, params=dict(parameters))
    except httpx.TransportError as error:
        raise UnreachableError(f"no answer from {path} ({type(error).__name__}); check the network") from error
    status = response.status_code
    if status in _TRANSIENT_STATUSES or status >= _FIRST_SERVER_ERROR_STATUS:
        raise RefusedForNowError(f"{path} answered {status}; it is asked again later", _retry_after_seconds(response))
    if status in _KEY_STATUSES:
        raise InputError(f"{path} answered {status}; check the vendor's API key and what its plan includes")
    if status >= _FIRST_ERROR_STATUS:
        raise InputError(f"{path} answered {status}; the vendor's API has changed")
    try:
        return response.json()
    except ValueError as error:
        raise InputError(f"{path} answered something else than JSON; the vendor's API has changed") from error


def _retry_after_seconds(response: httpx.Response) -> float | None:
    # The header may also hold a date; the caller's own backoff serves then.
    written = response.headers.get("retry-after", "")
    return float(written) if written.isdigit() else None
