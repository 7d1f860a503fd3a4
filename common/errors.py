"""Errors of the product. Each says what happened, where, and what to do, in one line.

Permanent errors are never retried; transient ones (network, 408, 429, 5xx) are, with a cap.
"""


class OiwError(Exception):
    """Base of every error that a user is meant to read. The message is one line, the exit code says the kind."""

    exit_code = 1


class InputError(OiwError):
    """The input is wrong: a manifest, a file, a value. Nothing of the named file was loaded."""

    exit_code = 3


class TransientError(OiwError):
    """The other side failed in a way that may pass (network, 408, 429, 5xx): worth another try.

    ``retry_after_seconds`` is how long the other side asks to wait, None where it does not say.
    """

    exit_code = 4

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        """Keep the message and how long to wait."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class CheckError(OiwError):
    """A blocking quality check failed; what was published before stays as it is."""

    exit_code = 5


class WarehouseError(OiwError):
    """The warehouse is not in a state to do this (missing, locked, mixed with simulated data)."""

    exit_code = 6
