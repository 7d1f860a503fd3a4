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
from ingestion.api.errors import BlockedError, UnreachableError
from ingestion.api.feed import Reading, Response, Window
from ingestion.api.rows import Row
from ingestion.api.stated_errors import stated_error
from ingestion.api.vendor import Vendor, VendorFeed

_TIMEOUT_SECONDS = 20.0
_FIRST_ERROR_STATUS = 400
_KEY_STATUSES = frozenset({401, 403})
# Unavailable For Legal Reasons: a block of the region of this address.
_BLOCKED_STATUS = 451
_CHECK_KEY = "check the vendor's API key and what its plan includes"


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
    """Return the JSON of the response to ``path``. Raises as :func:`fetch` does.

    A vendor may repeat the key in a text, so an error shows only the status and codes of the response.
    """
    try:
        response = await client.get(path, params=dict(parameters))
    except httpx.TransportError as error:
        raise UnreachableError(f"no response from {path} ({type(error).__name__}); check the network") from error
    status = response.status_code
    retry_after_seconds = parse_retry_after(response.headers.get("retry-after")) or None
    if is_transient_status(status):
        raise TransientError(f"{path} responded {status}; try again later", retry_after_seconds)
    if status == _BLOCKED_STATUS:
        raise BlockedError(f"{path} responded {status}")
    if status in _KEY_STATUSES:
        raise InputError(f"{path} responded {status}; {_CHECK_KEY}")
    if status >= _FIRST_ERROR_STATUS:
        raise InputError(f"{path} responded {status}; the vendor's API has changed")
    try:
        body = response.json()
    except ValueError:
        body, said = response.text, f"{path} responded {status}, and the response is not JSON"
    else:
        said = f"{path} responded {status} with an error"
    stated = stated_error(body)
    if stated:
        said = " ".join([said, *sorted(stated.codes)])
        raise stated.exception(said, _CHECK_KEY, retry_after_seconds)
    return body
