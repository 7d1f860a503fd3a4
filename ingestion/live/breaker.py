"""Circuit breakers: an API that keeps failing gets no requests for some time, also in later ticks of the process.

What belongs here: the times without requests. What does not: sending (sender.py).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingestion.live.settings import BreakerSettings


@dataclass
class Breaker:
    """The state of one API: its failed requests in a row, and the time until which no request is sent.

    ``open_until`` is UTC and naive; None means closed. ``failed_endpoints`` are the endpoints of the failures: one
    broken endpoint alone does not open the breaker.
    """

    settings: BreakerSettings
    failures_in_a_row: int = 0
    failed_endpoints: set[str | None] = field(default_factory=set)
    open_until: datetime | None = None
    reason: str = ""

    def is_open(self, now: datetime) -> bool:
        """Return whether the breaker is open at ``now``: then no request may be sent."""
        return self.open_until is not None and now < self.open_until

    def note_success(self) -> None:
        """Close the breaker and set the count of failures to zero."""
        self.failures_in_a_row = 0
        self.failed_endpoints.clear()
        self.open_until = None

    def note_failure(self, now: datetime, reason: str, endpoint: str | None, open_seconds: float | None = None) -> None:
        """Count a request that failed after all its attempts, and open the breaker at the limit.

        ``open_seconds`` is how long (None: as the settings say).

        ``endpoint`` is None for a request that the whole API depends on, such as the list of instruments. The first
        request after an open time is a trial: when it fails too, the breaker opens again.
        """
        self.failures_in_a_row += 1
        self.failed_endpoints.add(endpoint)
        is_all = endpoint is None or len(self.failed_endpoints) > 1
        if is_all and self.failures_in_a_row >= self.settings.failures:
            self.open(now, open_seconds or self.settings.open_seconds, reason)

    def ban(self, now: datetime, seconds: float | None, reason: str) -> None:
        """Open the breaker at once, because every request during a ban prolongs the ban."""
        self.open(now, max(seconds or 0.0, self.settings.open_seconds), reason)

    def open(self, now: datetime, seconds: float, reason: str) -> None:
        """Open the breaker for ``seconds``. An earlier call with a later end stays in force."""
        until = now + timedelta(seconds=seconds)
        if self.open_until is None or until > self.open_until:
            self.open_until = until
            self.reason = reason


@dataclass
class Breakers:
    """The breakers of all APIs. They live as long as the process."""

    _by_api: dict[str, Breaker] = field(default_factory=dict)

    def of(self, api_id: str, settings: BreakerSettings) -> Breaker:
        """Return the breaker of ``api_id``, closed at first."""
        return self._by_api.setdefault(api_id, Breaker(settings))
