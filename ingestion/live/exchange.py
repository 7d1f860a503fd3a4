"""ccxt as transport: one exchange object per API and tick, and what its failures mean.

What belongs here: building it, its base URL, its answers' status and headers, its exceptions. What does not: trying
again (sending.py), what an answer says (the venues' modules).
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError, TransientError
from ingestion.api.feed import VenueApi
from ingestion.live.settings import LiveSettings
from ingestion.records import SourceMode

# What an embedded exchange says of itself in every answer.
SIMULATED_HEADER = "x-simulated"

_ORIGIN = re.compile(r"^(?:https?|wss?)://[^/]+")
_BANNED = 418
_TRANSIENT_STATUSES = {408, 425, 429}
_FIRST_ERROR_STATUS = 400
_FIRST_SERVER_ERROR_STATUS = 500
_SHOWN_CHARACTERS = 200


class UnreachableError(TransientError):
    """Nobody answered: no network, no such host, connection refused or broken, or no answer in time."""


class RefusedForNowError(TransientError):
    """The other side refuses for now (408, 429, 5xx), for ``retry_after_seconds`` where it says so (else None)."""

    def __init__(self, message: str, retry_after_seconds: float | None) -> None:
        """Keep how long to wait."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BannedError(InputError):
    """The venue has banned this address (418), for ``retry_after_seconds`` where it says so. Asking prolongs it."""

    def __init__(self, message: str, retry_after_seconds: float | None) -> None:
        """Keep how long to wait."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class _Transport:
    """What is added to ccxt's exchange: the status decides first, and an answer that is no JSON is a failure.

    ccxt holds 400 and 404 for transient and 5xx with a known body for permanent, as its users send orders.
    """

    id: str
    allows_simulated: bool = False

    def on_rest_response(self, code: int, reason: str, url: str, *exchanged: Any) -> str:
        """Raise by the status of an answer; return its body."""
        method, response_headers, response_body, *_ = exchanged
        where = f"{method} {url}: {code} {reason}"
        headers = {name.lower(): value for name, value in response_headers.items()}
        if headers.get(SIMULATED_HEADER) == "true" and not self.allows_simulated:
            raise InputError(
                f"{method} {url}: a simulated exchange answered and the rows would be labelled live; "
                "set OIW_SOURCE_MODE=simulated and an OIW_HOME of its own"
            )
        if code == _BANNED:
            raise BannedError(f"{where}: this address is banned for now", _retry_after_seconds(headers))
        if code in _TRANSIENT_STATUSES or code >= _FIRST_SERVER_ERROR_STATUS:
            raise RefusedForNowError(f"{where} {_shown(response_body)}", _retry_after_seconds(headers))
        body: str = super().on_rest_response(  # type: ignore[misc] # the other base is an Exchange (exchange_class)
            code, reason, url, *exchanged
        )
        if code < _FIRST_ERROR_STATUS and not body.startswith(("{", "[")):
            raise TransientError(f"{where}, and the answer is no JSON: {_shown(body)}")
        return body

    def parse_json(self, http_response: str) -> Any:
        """Return the parsed body. Raises TransientError when it begins as JSON and is none: it was cut off."""
        parsed = super().parse_json(http_response)  # type: ignore[misc] # the other base is an Exchange
        if parsed is None and http_response.startswith(("{", "[")):
            raise TransientError(f"{self.id}: the answer ends in the middle or is no JSON: {_shown(http_response)}")
        return parsed

    def handle_http_status_code(self, code: int, reason: str, url: str, method: str, body: str) -> None:
        """Raise InputError for a status that asking again does not change; the venue's own codes have been read."""
        if code >= _FIRST_ERROR_STATUS:
            raise InputError(f"{method} {url}: {code} {reason} {_shown(body)}; the request or the symbol is wrong")


@asynccontextmanager
async def open_exchange(api: VenueApi, live: LiveSettings, source_mode: SourceMode) -> AsyncIterator[Exchange]:
    """Yield ccxt's exchange for ``api``, and close it whatever happens.

    The base URL of the settings replaces the host of every address; paths stay. Raises InputError when ccxt has no such
    exchange.
    """
    exchange_class = getattr(ccxt, api.ccxt_id, None)
    if exchange_class is None:
        raise InputError(f"{api.api_id}: ccxt has no exchange {api.ccxt_id}; correct the venue's module")
    exchange = type(api.ccxt_id, (_Transport, exchange_class), {})(
        {
            "enableRateLimit": is_rate_limited(api.api_id, live),
            "timeout": round(live.timeout_seconds * 1000),
            "options": dict(api.ccxt_options),
            # Spot currencies say nothing of contracts, and some venues want a key for them.
            "has": {"fetchCurrencies": False},
            "allows_simulated": source_mode == "simulated",
        }
    )
    base_url = live.base_urls.get(api.api_id)
    if base_url:
        exchange.urls = {**exchange.urls, "api": _rebased(exchange.urls["api"], base_url)}
    try:
        yield exchange
    finally:
        await exchange.close()


def is_rate_limited(api_id: str, live: LiveSettings) -> bool:
    """Return whether limits of rate hold: always at a venue's own address."""
    return live.is_rate_limited or api_id not in live.base_urls


@contextmanager
def as_product_errors() -> Iterator[None]:
    """Turn ccxt's exceptions into TransientError (worth another try) and InputError (not)."""
    try:
        yield
    except ccxt.BaseError as error:
        line = " ".join(str(error).split()) or type(error).__name__
        is_cut = isinstance(error.__cause__, aiohttp.ClientError)
        if isinstance(error, ccxt.RequestTimeout):
            raise UnreachableError(f"no answer in time: {line}") from error
        if isinstance(error, ccxt.NetworkError) and (is_cut or isinstance(error.__cause__, OSError)):
            raise UnreachableError(f"cannot be reached: {line} ({error.__cause__})") from error
        if is_cut or isinstance(error, ccxt.OperationFailed):
            raise TransientError(_shown(line)) from error
        raise InputError(f"{_shown(line)}; the request or the symbol is wrong") from error


def _rebased(urls: Any, base_url: str) -> Any:
    if isinstance(urls, dict):
        return {key: _rebased(value, base_url) for key, value in urls.items()}
    if not isinstance(urls, str):
        return urls
    is_socket = urls.startswith(("ws://", "wss://"))
    return _ORIGIN.sub(lambda _: re.sub("^http", "ws", base_url) if is_socket else base_url, urls)


def _retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return what the header Retry-After says, in seconds or as a date; None without a readable one."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _shown(body: str) -> str:
    body = " ".join(body.split())
    return body if len(body) <= _SHOWN_CHARACTERS else f"{body[:_SHOWN_CHARACTERS]}..."
