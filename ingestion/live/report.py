"""The result of a tick, in plain data. No exchange client is imported here, so commands that only read it start fast.

What belongs here: the report. What does not: making it (tick.py), printing it (cli).
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "partial", "failed"]


@dataclass(frozen=True)
class OriginReport:
    """The result of one API of a venue, or of a vendor (``venue`` None).

    ``status`` is ok, partial (some feeds failed) or failed (no feed could be fetched). ``rows`` counts newly landed
    rows by dataset; ``failures`` are one-line errors. ``is_unreachable`` is true when requests went out and no
    response came, not even an error.
    """

    name: str
    venue: str | None
    status: Status
    rows: dict[str, int]
    failures: tuple[str, ...]
    seconds: float
    requests: int
    is_unreachable: bool


@dataclass(frozen=True)
class TickReport:
    """The results of every API and vendor of a tick."""

    origins: tuple[OriginReport, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """All failures, each with its API."""
        return tuple(f"{origin.name}: {failure}" for origin in self.origins for failure in origin.failures)
