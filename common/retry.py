"""Retries after transient errors: how many attempts, and how long the waits between them are.

What belongs here: the policy, the waits, and which statuses of a response are transient. What does not: the errors
(common/errors.py), and when the caller has no time left (the caller's ``stop``).
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import BaseModel, ConfigDict, Field
from tenacity import RetryCallState, wait_random_exponential

from common.errors import TransientError

# Request Timeout, Too Early, Too Many Requests.
_TRANSIENT_STATUSES = frozenset({408, 425, 429})
_FIRST_SERVER_ERROR_STATUS = 500


class RetryPolicy(BaseModel):
    """How to retry: at most ``attempts``, the first one included. The limit of a wait doubles with each attempt.

    The limit starts at ``first_wait_seconds`` and ends at ``longest_wait_seconds``; the wait is random below it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: int = Field(default=4, ge=1, le=20)
    first_wait_seconds: float = Field(default=0.5, gt=0)
    longest_wait_seconds: float = Field(default=20, gt=0)


def wait_by(policy: RetryPolicy) -> Callable[[RetryCallState], float]:
    """Return tenacity's ``wait``: the longer of the backoff of ``policy`` and the wait that the response requested."""
    backoff = wait_random_exponential(multiplier=policy.first_wait_seconds, max=policy.longest_wait_seconds)

    def wait_seconds(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(backoff(state), requested_wait_seconds(error))

    return wait_seconds


def is_transient_status(status: int) -> bool:
    """Return whether a retry may succeed after a response with this HTTP status: 408, 425, 429 or 5xx."""
    return status in _TRANSIENT_STATUSES or status >= _FIRST_SERVER_ERROR_STATUS


def requested_wait_seconds(error: BaseException | None) -> float:
    """Return the wait that the response behind ``error`` requested, and 0 where it requested no wait."""
    return (error.retry_after_seconds or 0.0) if isinstance(error, TransientError) else 0.0


def parse_retry_after(header: str | None, now: datetime | None = None) -> float:
    """Return the wait in seconds that a Retry-After header states as seconds or as an HTTP date.

    Returns 0 when there is no header, or when the header is unreadable. ``now`` has a time zone and defaults to the
    current time.
    """
    if header is None:
        return 0.0
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header, now or datetime.now(UTC))
    return max(seconds, 0.0) if math.isfinite(seconds) else 0.0


def _seconds_until(date: str, now: datetime) -> float:
    try:
        until = parsedate_to_datetime(date)
    except ValueError:
        return 0.0
    return (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
