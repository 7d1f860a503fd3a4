"""Circuit breakers: an API that keeps failing gets no requests for a while, also over ticks of the same process.

What belongs here: when nothing is sent. What does not: sending (sending.py).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingestion.live.settings import BreakerSettings


@dataclass
class Breaker:
    """The state of one API: failed requests in a row, and until when the breaker is open (UTC, naive; None: closed).

    ``failed_endpoints`` are the endpoints of these failures: one broken endpoint alone does not open the breaker.
    """

    settings: BreakerSettings
    failures_in_a_row: int = 0
    failed_endpoints: set[str | None] = field(default_factory=set)
    open_until: datetime | None = None
    reason: str = ""

    def is_open(self, now: datetime) -> bool:
        """Return whether nothing may be sent at ``now``."""
        return self.open_until is not None and now < self.open_until

    def note_success(self) -> None:
        """Close the breaker and start counting anew."""
        self.failures_in_a_row = 0
        self.failed_endpoints.clear()
        self.open_until = None

    def note_failure(self, now: datetime, reason: str, endpoint: str | None) -> None:
        """Count a request that failed after all its attempts, and open the breaker at the limit.

        ``endpoint`` is None where the request stands for the whole API, as the request for instruments does. The
        first request after a rest is a trial: when it fails too, the next rest begins.
        """
        self.failures_in_a_row += 1
        self.failed_endpoints.add(endpoint)
        is_all = endpoint is None or len(self.failed_endpoints) > 1
        if is_all and self.failures_in_a_row >= self.settings.failures:
            self.open(now, self.settings.open_seconds, reason)

    def ban(self, now: datetime, seconds: float | None, reason: str) -> None:
        """Open at once, because every request during a ban prolongs it."""
        self.open(now, max(seconds or 0.0, self.settings.open_seconds), reason)

    def open(self, now: datetime, seconds: float, reason: str) -> None:
        """Send nothing for ``seconds``, or longer where an earlier call said so."""
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
