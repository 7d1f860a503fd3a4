"""Translate an error of the product for Dagster: retry the step, or fail with the reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure, RetryRequested

from common.errors import OiwError, TransientError

_MAX_RETRIES = 4
_FIRST_WAIT_SECONDS = 5


def wait_seconds(retry_number: int) -> int:
    """Return the pause before retry ``retry_number + 1`` in seconds: 5, 10, 20, 40."""
    return _FIRST_WAIT_SECONDS << retry_number


@contextmanager
def as_dagster_failures(retry_number: int) -> Iterator[None]:
    """Make Dagster retry a transient error, with backoff and a cap, and fail at once on a permanent one."""
    try:
        yield
    except TransientError as error:
        raise RetryRequested(max_retries=_MAX_RETRIES, seconds_to_wait=wait_seconds(retry_number)) from error
    except OiwError as error:
        raise Failure(description=str(error), allow_retries=False) from error
