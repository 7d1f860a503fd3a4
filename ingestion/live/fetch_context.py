"""The context of a fetch: the objects that the fetch of an API or vendor uses during a tick.

What belongs here: the objects that both kinds of fetch use. What does not: the fetches (api_fetch.py, vendor_fetch.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from common.clock import Clock
from ingestion.api.feed import Reading, Window
from ingestion.api.rows import Row
from ingestion.live.provider_landing import ProviderLanding
from ingestion.live.sender import Sender
from ingestion.live.settings import LiveSettings

# A callback of the caller: it receives the number of pages that are done and the number of pages planned so far.
OnProgress = Callable[[int, int], None]
# The report names so many damaged rows of a response, and counts the others.
_MOST_LINES = 20


class Progress:
    """Counts the pages of all APIs and vendors of a tick."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        """Count from zero."""
        self._on_progress = on_progress
        self._planned = 0
        self._done = 0

    def plan(self, pages: int) -> None:
        """Add ``pages`` to the planned pages."""
        self._planned += pages
        self._tell()

    def note_done(self) -> None:
        """Count one fetched page."""
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self._done, self._planned)


@dataclass
class FetchContext:
    """The objects of one API or vendor in one tick.

    ``failures`` collects one-line errors. ``kept`` counts the responses of feeds that could be read, and ``not_sent``
    the series that were not requested because the breaker was open.
    """

    live: LiveSettings
    sender: Sender
    landing: ProviderLanding
    clock: Clock
    progress: Progress
    failures: list[str] = field(default_factory=list)
    kept: int = 0
    not_sent: int = 0

    def keep(
        self,
        name: str,
        parsed: Iterable[tuple[Reading, Iterable[Row]]],
        damaged: Sequence[str],
        window: Window | None,
        received_at: datetime,
    ) -> None:
        """Keep the rows of one response to ``name``, and report its damaged rows and those of the future."""
        self.kept += 1
        self.failures += [f"{name}: {line}; the other rows have landed" for line in damaged[:_MOST_LINES]]
        if len(damaged) > _MOST_LINES:
            self.failures.append(f"{name}: {len(damaged) - _MOST_LINES} further rows of this response are unreadable")
        for reading, rows in parsed:
            self.failures += [f"{name}: {line}" for line in self.landing.take(reading, rows, window, received_at)]
