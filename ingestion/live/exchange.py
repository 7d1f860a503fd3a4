"""ccxt as transport: one exchange object per API and tick, and the translation of its failures.

What belongs here: building the object, its base URL, the status and headers of responses, its exceptions. What does
not: retry (sender.py), the content of a response (the venues' modules).
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
from ccxt.async_support.base.exchange import Exchange

from common.errors import InputError, TransientError
from common.retry import is_transient_status, parse_retry_after
from common.settings import SourceMode
from ingestion.api.errors import BannedError, BlockedError, UnreachableError
from ingestion.api.feed import VenueApi
from ingestion.api.stated_errors import stated_error, visible_text
from ingestion.live.settings import LiveSettings

# The simulated exchanges of the sandbox set this header in every response.
SIMULATED_HEADER = "x-simulated"

_ORIGIN = re.compile(r"^(?:https?|wss?)://[^/]+")
_BANNED = 418
# Forbidden, and Unavailable For Legal Reasons: a block of the region or the network of this address.
_BLOCKED = frozenset({403, 451})
_FIRST_ERROR_STATUS = 400
_WRONG_REQUEST = "the request or the symbol is wrong"
_SHOWN_CHARACTERS = 200


class _Transport:
    """Changes to ccxt's exchange: the HTTP status decides first, and a response without JSON is a failure.

    ccxt itself treats 400 and 404 as transient and 5xx with a known body as permanent, because its users send orders.
    """

    id: str
    allows_simulated: bool = False

    def on_rest_response(self, code: int, reason: str, url: str, *exchanged: Any) -> str:
        """Return the body of a response, or raise the error that its status means."""
        method, response_headers, response_body, *_ = exchanged
        if _header(response_headers, SIMULATED_HEADER) == "true" and not self.allows_simulated:
            raise InputError(
                f"{method} {url}: a simulated exchange responded, and its rows would be labelled live; "
                "set OIW_SOURCE_MODE=simulated and another OIW_HOME"
            )
        said = _said(code, reason, url, method, response_body)
        retry_after_seconds = _retry_after_seconds(response_headers)
        if code == _BANNED:
            raise BannedError(said, retry_after_seconds)
        if code in _BLOCKED:
            raise BlockedError(said)
        if is_transient_status(code):
            raise TransientError(said, retry_after_seconds)
        body: str = super().on_rest_response(  # type: ignore[misc] # the other base is an Exchange (exchange_class)
            code, reason, url, *exchanged
        )
        return body

    def handle_errors(self, code: int, reason: str, url: str, method: str, *exchanged: Any) -> Any:
        """Raise the error that the body states, and one for a body under a status of success that is not JSON.

        ccxt knows more codes, but takes many overloads and blocks for wrong requests, or overlooks them. So it decides
        only about errors that look permanent.
        """
        headers, body, parsed, *_ = exchanged
        said = _said(code, reason, url, method, body)
        if code < _FIRST_ERROR_STATUS and not isinstance(parsed, dict | list):
            said, parsed = f"{said} (the response is not JSON)", body
        stated = stated_error(parsed, self.id)
        if stated and stated.kind != "permanent":
            raise stated.exception(said, _WRONG_REQUEST, _retry_after_seconds(headers))
        handled = super().handle_errors(  # type: ignore[misc] # the other base is an Exchange (exchange_class)
            code, reason, url, method, *exchanged
        )
        if stated and code < _FIRST_ERROR_STATUS:
            raise stated.exception(said, _WRONG_REQUEST)
        return handled

    def handle_http_status_code(self, code: int, reason: str, url: str, method: str, body: str) -> None:
        """Raise InputError for an error status that a retry would not change.

        ccxt calls this after its own check of the venue's error codes.
        """
        if code >= _FIRST_ERROR_STATUS:
            raise InputError(f"{_said(code, reason, url, method, body)}; {_WRONG_REQUEST}")


@asynccontextmanager
async def open_exchange(api: VenueApi, live: LiveSettings, source_mode: SourceMode) -> AsyncIterator[Exchange]:
    """Yield ccxt's exchange for ``api``, and close it at the end, also after an error.

    A base URL in the settings replaces the host of every address; the paths stay. Raises InputError when ccxt does not
    have the exchange.
    """
    exchange_class = getattr(ccxt, api.ccxt_id, None)
    if exchange_class is None:
        raise InputError(f"{api.api_id}: ccxt has no exchange {api.ccxt_id}; correct the venue's module")
    exchange = type(api.ccxt_id, (_Transport, exchange_class), {})(
        {
            "enableRateLimit": is_rate_limited(api.api_id, live),
            "timeout": round(live.timeout_seconds * 1000),
            "options": dict(api.ccxt_options),
            # Contracts need no list of currencies, and some venues require a key for it.
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
    """Return whether requests are rate-limited. At a venue's own address they always are."""
    return live.is_rate_limited or api_id not in live.base_urls


@contextmanager
def as_product_errors() -> Iterator[None]:
    """Turn ccxt's exceptions into TransientError (a retry may succeed) and InputError (a retry would fail too)."""
    try:
        yield
    except ccxt.BaseError as error:
        line = " ".join(str(error).split()) or type(error).__name__
        is_cut = isinstance(error.__cause__, aiohttp.ClientError)
        if isinstance(error, ccxt.RequestTimeout):
            raise UnreachableError(f"no response in time: {line}") from error
        if isinstance(error, ccxt.NetworkError) and (is_cut or isinstance(error.__cause__, OSError)):
            raise UnreachableError(f"cannot be reached: {line} ({error.__cause__})") from error
        if is_cut or isinstance(error, ccxt.OperationFailed):
            raise TransientError(_shown(line)) from error
        raise InputError(f"{_shown(line)}; {_WRONG_REQUEST}") from error


def _rebased(urls: Any, base_url: str) -> Any:
    if isinstance(urls, dict):
        return {key: _rebased(value, base_url) for key, value in urls.items()}
    if not isinstance(urls, str):
        return urls
    is_socket = urls.startswith(("ws://", "wss://"))
    return _ORIGIN.sub(lambda _: re.sub("^http", "ws", base_url) if is_socket else base_url, urls)


def _said(code: int, reason: str, url: str, method: str, body: str) -> str:
    """Return the request and the response on one line."""
    return f"{method} {url}: {code} {reason} {_shown(body)}"


def _shown(body: str) -> str:
    text = visible_text(body)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the wait that the response requested; None when it requested no wait."""
    return parse_retry_after(_header(headers, "retry-after")) or None


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)
