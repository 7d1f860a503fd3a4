"""Failures of a request to a venue or a vendor that the engine handles each in its own way.

What belongs here: failures of transport. What does not: an overloaded venue (TransientError in common/errors.py), and a
response in another format, for which its parser raises InputError.
"""

from common.errors import InputError, TransientError


class UnreachableError(TransientError):
    """No response came: no network, no such host, connection refused or broken, or a timeout."""


class BannedError(InputError):
    """The venue has banned this address (418). Each further request prolongs the ban, so a retry would do harm.

    ``retry_after_seconds`` is how long the ban lasts, None where the response does not state it.
    """

    def __init__(self, said: str, retry_after_seconds: float | None) -> None:
        """Take the request and what the venue ``said``, and how long the ban lasts."""
        super().__init__(f"{said}; this address is banned; wait until the ban ends")
        self.retry_after_seconds = retry_after_seconds


class BlockedError(InputError):
    """The venue refuses this address (403, 451), perhaps by its region. A retry would fail too, and for a long time."""

    def __init__(self, said: str) -> None:
        """Take the request and what the venue ``said``."""
        super().__init__(
            f"{said}; this address is refused, perhaps by its region; use another network, or leave the source out (a "
            "venue: [live] in oiw.toml)"
        )
