"""Errors of the product. Each message states in one line what happened, where, and what to do.

A transient error (network, 408, 425, 429, 5xx) is retried a limited number of times, a permanent error never.
"""


class OiwError(Exception):
    """Base of every error that a user reads. The message is one line; ``exit_code`` is the exit code of `oiw`."""

    exit_code = 1


class InputError(OiwError):
    """The input is wrong: a manifest, a file or a value. No row of the named file was loaded."""

    exit_code = 3


class TransientError(OiwError):
    """A request failed, and a retry may succeed (network, 408, 425, 429, 5xx).

    ``retry_after_seconds`` is the wait that the response requested; None or 0 where it requested no wait.
    """

    exit_code = 4

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        """Keep the message and the requested wait."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class CheckError(OiwError):
    """A blocking quality check failed. The published file stays as it was."""

    exit_code = 5


class WarehouseError(OiwError):
    """The warehouse is in a wrong state for this command: missing, locked, or with simulated data in it."""

    exit_code = 6
