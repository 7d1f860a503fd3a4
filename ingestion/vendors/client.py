"""Requests to vendors: an HTTP client for each vendor, and the errors of its requests.

What belongs here: the client, the request, its errors. What does not: a single vendor's paths and fields (the modules
beside this one), retry, state and landing (``ingestion/live``).

An API key goes into a header of the client. No address, error or payload contains it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from pydantic import SecretStr

from common.clock import utc_now
from common.errors import InputError, TransientError
from common.retry import is_transient_status, parse_retry_after
from ingestion.api.damaged_rows import read_all
from ingestion.api.errors import UnreachableError
from ingestion.api.feed import Reading, Response, Window
from ingestion.api.rows import Row
from ingestion.api.vendor import Vendor, VendorFeed

_TIMEOUT_SECONDS = 20.0
_FIRST_ERROR_STATUS = 400
_KEY_STATUSES = frozenset({401, 403})


def open_client(vendor: Vendor, key: SecretStr | None = None, base_url: str | None = None) -> httpx.AsyncClient:
    """Return a client of ``vendor``, for ``base_url`` if given. Raises InputError when it needs a key and gets none."""
    headers = {}
    if vendor.key_header is not None:
        if key is None:
            raise InputError(f"{vendor.name} needs an API key; set {vendor.key_variable} or leave the vendor out")
        headers[vendor.key_header] = key.get_secret_value()
    return httpx.AsyncClient(base_url=base_url or vendor.base_url, headers=headers, timeout=_TIMEOUT_SECONDS)


async def fetch(
    client: httpx.AsyncClient, feed: VendorFeed, names: Sequence[str], window: Window | None
) -> tuple[list[tuple[Reading, list[Row]]], list[str]]:
    """Request ``feed`` for ``names``. Return the rows of each of its readings, and a line for each damaged row.

    Raises TransientError when a retry may help (network, 408, 425, 429, 5xx), InputError for any other failure.
    """
    payload = await feed.request(client, names, window)
    response = Response(payload, utc_now(), {})
    return read_all(feed.readings, response, is_snapshot=window is None)


async def get_json(client: httpx.AsyncClient, path: str, parameters: Mapping[str, Any]) -> Any:
    """Return the JSON of the response to ``path``. Raises as :func:`fetch` does."""
    try:
        response = await client.get(path, params=dict(parameters))
    except httpx.TransportError as error:
        raise UnreachableError(f"no response from {path} ({type(error).__name__}); check the network") from error
    status = response.status_code
    if is_transient_status(status):
        retry_after_seconds = parse_retry_after(response.headers.get("retry-after")) or None
        raise TransientError(f"{path} responded {status}; try again later", retry_after_seconds)
    if status in _KEY_STATUSES:
        raise InputError(f"{path} responded {status}; check the vendor's API key and what its plan includes")
    if status >= _FIRST_ERROR_STATUS:
        raise InputError(f"{path} responded {status}; the vendor's API has changed")
    try:
        return response.json()
    except ValueError as error:
        raise InputError(f"the response of {path} is not JSON; the vendor's API has changed") from error
