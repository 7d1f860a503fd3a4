"""Sending the requests of one API in a tick, with pacing and retries, and not while the breaker is open.

What belongs here: whether and when a request goes out. What does not: the choice of requests (api_fetch.py), transport
(exchange.py).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from common.clock import Clock
from common.errors import OiwError, TransientError
from common.retry import requested_wait_seconds, wait_by
from ingestion.api.errors import BannedError, BlockedError, UnreachableError
from ingestion.live.breaker import Breaker
from ingestion.live.exchange import as_product_errors
from ingestion.live.settings import LiveSettings

# A block by region lasts. So much later one request shows whether it has ended.
_BLOCKED_SECONDS = 3600.0


class NotSentError(TransientError):
    """The breaker is open, so no request is sent to this API now."""


class Pace:
    """A limit of requests per second that ccxt does not apply, such as the limit of one endpoint."""

    def __init__(self, requests_per_second: float | None) -> None:
        """Set the limit; None means no limit."""
        self._spacing_seconds = 1 / requests_per_second if requests_per_second else 0.0
        self._free_at = 0.0

    async def wait(self) -> None:
        """Return when the next request may go out."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._free_at)
        self._free_at = at + self._spacing_seconds
        await asyncio.sleep(at - now)


class Sender:
    """Sends the requests of one API. ``requests`` counts them; ``was_reached`` is true after the first response.

    The fetch of this API must end at ``ends_at_seconds`` (clock of the event loop). No retry starts after that time.
    """

    def __init__(self, live: LiveSettings, breaker: Breaker, clock: Clock, ends_at_seconds: float) -> None:
        """Send nothing yet."""
        self.requests = 0
        self.was_reached = False
        self.ends_at_seconds = ends_at_seconds
        self._attempts = live.retry.attempts
        self._wait_seconds = wait_by(live.retry)
        self._breaker = breaker
        self._clock = clock
        self._slots = asyncio.Semaphore(live.concurrent_requests)
        self._resumes_at_seconds = 0.0

    async def send(
        self, request: Callable[[], Awaitable[Any]], *, endpoint: str | None = None, pace: Pace | None = None
    ) -> Any:
        """Send ``request`` to ``endpoint`` and return the response.

        ``endpoint`` is None for a request that the whole API depends on. Raises TransientError when the last attempt
        failed or no time is left for another, InputError when a retry would fail too, NotSentError when the breaker is
        open.
        """

        async def keep_pace(_state: RetryCallState | None = None) -> None:
            if pace:
                await pace.wait()

        self._refuse_if_open()
        # A request waits for the pace of its endpoint before it takes a slot, so it does not delay other endpoints.
        await keep_pace()
        async with self._slots:
            try:
                response: Any = await AsyncRetrying(
                    retry=retry_if_exception(_is_worth_a_retry),
                    stop=self._is_last,
                    wait=self._wait_seconds,
                    before_sleep=keep_pace,
                    reraise=True,
                )(self._send_once, request)
            except (TransientError, BannedError, BlockedError) as error:
                self._note_failure(error, endpoint)
                raise
            self._breaker.note_success()
            return response

    async def _send_once(self, request: Callable[[], Awaitable[Any]]) -> Any:
        self._refuse_if_open()
        await asyncio.sleep(self._resumes_at_seconds - asyncio.get_running_loop().time())
        self.requests += 1
        try:
            with as_product_errors():
                response = await request()
        except UnreachableError:
            raise
        except OiwError as error:
            self.was_reached = True
            self._hold_back(requested_wait_seconds(error))
            raise
        self.was_reached = True
        return response

    def _refuse_if_open(self) -> None:
        if self._breaker.is_open(self._clock()):
            raise NotSentError(
                f"no request is sent until {self._breaker.open_until:%Y-%m-%d %H:%M:%S} UTC: {self._breaker.reason}"
            )

    def _hold_back(self, seconds: float) -> None:
        """Delay all requests of this API by the wait that the venue requested in one response."""
        if seconds:
            resumes_at = asyncio.get_running_loop().time() + seconds
            self._resumes_at_seconds = max(self._resumes_at_seconds, min(resumes_at, self.ends_at_seconds))

    def _note_failure(self, error: TransientError | BannedError | BlockedError, endpoint: str | None) -> None:
        now, reason = self._clock(), str(error)
        if isinstance(error, NotSentError):
            return
        if isinstance(error, BannedError):
            self._breaker.ban(now, error.retry_after_seconds, reason)
            return
        if isinstance(error, BlockedError):
            self._breaker.note_failure(now, reason, endpoint, open_seconds=_BLOCKED_SECONDS)
            return
        self._breaker.note_failure(now, reason, endpoint)
        stated = requested_wait_seconds(error)
        if stated:
            # The requested wait does not fit into the time of this fetch.
            self._breaker.open(now, stated, reason)

    def _is_last(self, state: RetryCallState) -> bool:
        ends_at = asyncio.get_running_loop().time() + state.upcoming_sleep
        return state.attempt_number >= self._attempts or ends_at >= self.ends_at_seconds


def _is_worth_a_retry(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, NotSentError)
