"""What became of a tick, in plain data. Imports no exchange client: who only reads reports need not wait for one.

What belongs here: the report. What does not: making it (tick.py), printing it (cli).
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "partial", "failed"]


@dataclass(frozen=True)
class OriginReport:
    """What became of one API of a venue, or of a vendor (``venue`` None).

    ``status`` is ok, partial (some feeds failed) or failed (nothing could be fetched). ``rows`` are newly landed ones
    by dataset, ``failures`` one-line errors. ``is_unreachable`` says that it was requested and never responded, not
    even with an error.
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
    """What became of every API and vendor of a tick."""

    origins: tuple[OriginReport, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """All failures, each with its API."""
        return tuple(f"{origin.name}: {failure}" for origin in self.origins for failure in origin.failures)
