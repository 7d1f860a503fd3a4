"""What a request to a venue or a vendor can fail with, beside the errors of the product.

What belongs here: failures of transport that the engine tells apart. What does not: a response of another format, which
is an InputError of its parser.
"""

from common.errors import InputError, TransientError


class UnreachableError(TransientError):
    """Nobody responded: no network, no such host, connection refused or broken, or no response in time."""


class RetryLaterError(TransientError):
    """The other side serves no request now (408, 429, 5xx); ``retry_after_seconds`` is how long it asks to wait.

    It is None where the response does not say.
    """

    def __init__(self, message: str, retry_after_seconds: float | None) -> None:
        """Keep how long to wait."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BannedError(InputError):
    """The venue has banned this address (418); each further request prolongs the ban.

    ``retry_after_seconds`` is how long the ban lasts, None where the response does not say.
    """

    def __init__(self, message: str, retry_after_seconds: float | None) -> None:
        """Keep how long to wait."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
