"""Circuit breakers: a venue that keeps failing is left alone for a while, also over ticks of the same process.

What belongs here: when a venue is not to be asked. What does not: asking (sending.py).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingestion.live.settings import BreakerSettings


@dataclass
class Breaker:
    """The state of one API: failed requests in a row, and until when it is open (UTC, naive; None while closed).

    ``failed_endpoints`` are those of the failures in a row: one alone that is broken does not speak for its venue.
    """

    settings: BreakerSettings
    failures_in_a_row: int = 0
    failed_endpoints: set[str | None] = field(default_factory=set)
    open_until: datetime | None = None
    reason: str = ""

    def is_open(self, now: datetime) -> bool:
        """Return whether nothing is to be sent at ``now``."""
        return self.open_until is not None and now < self.open_until

    def note_success(self) -> None:
        """Close the breaker and start counting anew."""
        self.failures_in_a_row = 0
        self.failed_endpoints.clear()
        self.open_until = None

    def note_failure(self, now: datetime, reason: str, endpoint: str | None) -> None:
        """Count a request that failed after all its attempts, and open at the limit.

        ``endpoint`` is None where the request speaks for the whole API, as that for its instruments does. The first
        request after the time of rest is the trial: when that fails too, the next rest begins.
        """
        self.failures_in_a_row += 1
        self.failed_endpoints.add(endpoint)
        is_all = endpoint is None or len(self.failed_endpoints) > 1
        if is_all and self.failures_in_a_row >= self.settings.failures:
            self.open(now, self.settings.open_seconds, reason)

    def ban(self, now: datetime, seconds: float | None, reason: str) -> None:
        """Open at once: a ban lasts longer the more is sent during it."""
        self.open(now, max(seconds or 0.0, self.settings.open_seconds), reason)

    def open(self, now: datetime, seconds: float, reason: str) -> None:
        """Leave the API alone for ``seconds``, and not shorter than decided before."""
        until = now + timedelta(seconds=seconds)
        if self.open_until is None or until > self.open_until:
            self.open_until = until
            self.reason = reason


@dataclass
class Breakers:
    """The breakers of all APIs, for as long as the process lives."""

    _by_api: dict[str, Breaker] = field(default_factory=dict)

    def of(self, api_id: str, settings: BreakerSettings) -> Breaker:
        """Return the breaker of ``api_id``, closed at first."""
        return self._by_api.setdefault(api_id, Breaker(settings))
