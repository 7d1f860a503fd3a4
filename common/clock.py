"""The current time in the form that every layer uses: UTC and naive."""

from collections.abc import Callable
from datetime import UTC, datetime

# Returns the current time, UTC and naive. Callers that simulate time pass their own clock.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, UTC and naive."""
    return datetime.now(UTC).replace(tzinfo=None)
