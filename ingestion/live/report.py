"""The result of a tick as plain data. This module imports no exchange client, so commands that only read it start fast.

What belongs here: the report. What does not: making it (tick.py), printing it (cli).
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "partial", "failed"]


@dataclass(frozen=True)
class ProviderReport:
    """The result of one API of a venue, or of a vendor (``venue`` None).

    ``status`` is ok, partial (some feeds failed) or failed (no feed could be fetched). ``rows`` counts newly landed
    rows by dataset; ``failures`` are one-line errors. ``is_unreachable`` is true when requests went out and no response
    came; an error status is a response too.
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
    """The results of all APIs and vendors in a tick."""

    providers: tuple[ProviderReport, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """All failures, each with the name of its API or vendor."""
        return tuple(f"{provider.name}: {failure}" for provider in self.providers for failure in provider.failures)
