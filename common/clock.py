"""The present as every layer takes it: UTC, without a zone."""

from collections.abc import Callable
from datetime import UTC, datetime

# Returns the present. Whoever simulates time passes a clock of their own.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present, UTC and naive."""
    return datetime.now(UTC).replace(tzinfo=None)
