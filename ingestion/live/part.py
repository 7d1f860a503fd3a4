"""What every origin of a tick has for itself, an API of a venue and a vendor alike.

What belongs here: the pieces that their parts share. What does not: asking (feeds.py, vendors.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from common.clock import Clock
from ingestion.live.batches import OriginLanding
from ingestion.live.sending import Sender
from ingestion.live.settings import LiveSettings

# Called with how many pages are done and how many are planned so far.
OnProgress = Callable[[int, int], None]


class Progress:
    """Counts the pages of all origins of a tick."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        """Count from zero."""
        self._on_progress = on_progress
        self._planned = 0
        self._done = 0

    def plan(self, pages: int) -> None:
        """Note that ``pages`` more are to be fetched."""
        self._planned += pages
        self._tell()

    def note_done(self) -> None:
        """Note that a page was fetched."""
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self._done, self._planned)


@dataclass
class Part:
    """One origin's part of a tick.

    ``failures`` are one-line errors; ``not_sent`` counts the series that the breaker held back.
    """

    live: LiveSettings
    sender: Sender
    landing: OriginLanding
    clock: Clock
    progress: Progress
    failures: list[str] = field(default_factory=list)
    not_sent: int = 0
