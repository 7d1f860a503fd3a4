"""The age of the newest open interest of each venue, by event time: a row that was loaded now may be old."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.status import DatasetStatus

ALLOWED_AGE = timedelta(days=1)

_DATASETS = frozenset({"open_interest", "venue_total_open_interest"})


@dataclass(frozen=True)
class VenueFreshness:
    """The age of the newest open interest of one venue in one source; ``last_event_at`` is UTC."""

    source: str
    venue: str
    last_event_at: datetime
    age_hours: float
    is_fresh: bool


def venue_freshness(datasets: Iterable[DatasetStatus]) -> list[VenueFreshness]:
    """Return one entry per source and venue, the oldest first. Fresh means at most ``ALLOWED_AGE`` old."""
    newest: dict[tuple[str, str], DatasetStatus] = {}
    for status in datasets:
        if status.dataset in _DATASETS and status.venue is not None:
            key = (status.source, status.venue)
            newest[key] = min(newest.get(key, status), status, key=lambda known: known.freshness_seconds)
    return sorted((_freshness(status) for status in newest.values()), key=lambda venue: -venue.age_hours)


def _freshness(status: DatasetStatus) -> VenueFreshness:
    return VenueFreshness(
        source=status.source,
        venue=str(status.venue),
        last_event_at=status.last_event_at,
        age_hours=round(status.freshness_seconds / 3600, 1),
        is_fresh=status.freshness_seconds <= ALLOWED_AGE.total_seconds(),
    )
