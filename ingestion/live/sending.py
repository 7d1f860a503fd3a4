"""Requests to one API within one tick: paced, tried again when that may help, and not sent while the breaker is open.

What belongs here: whether and when a request goes out. What does not: what is asked (feeds.py), transport
(exchange.py).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from common.errors import OiwError, TransientError
from ingestion.live.breaker import Breaker
from ingestion.live.exchange import BannedError, RefusedForNowError, UnreachableError, as_product_errors
from ingestion.live.settings import LiveSettings

Clock = Callable[[], datetime]


class NotSentError(TransientError):
    """The breaker is open: the venue is left alone, and its other requests of this tick with it."""


class Pace:
    """A limit of requests a second that ccxt does not know of, such as that of one endpoint."""

    def __init__(self, requests_per_second: float | None) -> None:
        """Set the limit; None is none."""
        self._spacing_seconds = 1 / requests_per_second if requests_per_second else 0.0
        self._free_at = 0.0

    async def wait(self) -> None:
        """Return when the next request may go out."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._free_at)
        self._free_at = at + self._spacing_seconds
        await asyncio.sleep(at - now)


class Sender:
    """Sends the requests of one API. ``requests`` counts them, ``was_reached`` says whether any was answered at all.

    ``ends_at_seconds`` (time of the event loop) is when this API's part of the tick ends: no wait goes beyond it.
    """

    def __init__(self, live: LiveSettings, breaker: Breaker, clock: Clock, ends_at_seconds: float) -> None:
        """Send nothing yet."""
        self.requests = 0
        self.was_reached = False
        self.ends_at_seconds = ends_at_seconds
        self._attempts = live.retry.attempts
        self._backoff = wait_random_exponential(
            multiplier=live.retry.first_wait_seconds, max=live.retry.longest_wait_seconds
        )
        self._breaker = breaker
        self._clock = clock
        self._slots = asyncio.Semaphore(live.concurrent_requests)
        self._resumes_at_seconds = 0.0

    async def send(
        self, ask: Callable[[], Awaitable[Any]], *, endpoint: str | None = None, pace: Pace | None = None
    ) -> Any:
        """Return the answer to ``ask``, a request to ``endpoint`` (None: it speaks for the whole API).

        Raises TransientError when the last attempt failed or too little time is left for another, InputError when
        another would fail as well, NotSentError when the breaker is open.
        """

        async def keep_pace(_state: RetryCallState | None = None) -> None:
            if pace:
                await pace.wait()

        self._refuse_if_open()
        # Who waits for the pace of a slow endpoint is not in flight yet, and holds up no other.
        await keep_pace()
        async with self._slots:
            try:
                answer: Any = await AsyncRetrying(
                    retry=retry_if_exception(_may_pass),
                    stop=self._is_last,
                    wait=self._wait_seconds,
                    before_sleep=keep_pace,
                    reraise=True,
                )(self._send_once, ask)
            except (TransientError, BannedError) as error:
                self._note_failure(error, endpoint)
                raise
            self._breaker.note_success()
            return answer

    async def _send_once(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        self._refuse_if_open()
        await asyncio.sleep(self._resumes_at_seconds - asyncio.get_running_loop().time())
        self.requests += 1
        try:
            with as_product_errors():
                answer = await ask()
        except UnreachableError:
            raise
        except OiwError as error:
            self.was_reached = True
            self._hold_back(_retry_after_seconds(error))
            raise
        self.was_reached = True
        return answer

    def _refuse_if_open(self) -> None:
        if self._breaker.is_open(self._clock()):
            raise NotSentError(
                f"left alone until {self._breaker.open_until:%Y-%m-%d %H:%M:%S} UTC: {self._breaker.reason}"
            )

    def _hold_back(self, seconds: float | None) -> None:
        """Hold every other request of this API back for as long as the venue asked one to wait."""
        if seconds:
            resumes_at = asyncio.get_running_loop().time() + seconds
            self._resumes_at_seconds = max(self._resumes_at_seconds, min(resumes_at, self.ends_at_seconds))

    def _note_failure(self, error: TransientError | BannedError, endpoint: str | None) -> None:
        now, reason = self._clock(), str(error)
        if isinstance(error, NotSentError):
            return
        if isinstance(error, BannedError):
            self._breaker.ban(now, error.retry_after_seconds, reason)
            return
        self._breaker.note_failure(now, reason, endpoint)
        asked = _retry_after_seconds(error)
        if asked:
            # It was too long to be waited for.
            self._breaker.open(now, asked, reason)

    def _wait_seconds(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(self._backoff(state), _retry_after_seconds(error) or 0.0)

    def _is_last(self, state: RetryCallState) -> bool:
        ends_at = asyncio.get_running_loop().time() + state.upcoming_sleep
        return state.attempt_number >= self._attempts or ends_at >= self.ends_at_seconds


def _retry_after_seconds(error: BaseException | None) -> float | None:
    return error.retry_after_seconds if isinstance(error, RefusedForNowError) else None


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, NotSentError)
