"""The state of a series: how far it has been fetched, and the values of its newest rows. It shows which rows are new.

A series is the rows of one collector and one symbol.

What belongs here: the state of a series, and the check for new rows. What does not: the place of the state
(provider_landing.py).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from ingestion.api.rows import Row
from ingestion.records import INSTRUMENT, Dataset

# A venue may publish rows late. After responses without rows, this much time is requested again.
LONGEST_LOOK_BACK = timedelta(days=1)

_DIGEST_CHARACTERS = 12
# The identity of a specification. It has no label of its own, so it always stays in the state.
_TIMELESS: tuple[Any, ...] = ()


# The identity of a row within its series, and its values; for a row of an earlier tick, a digest of the values.
_Name = tuple[Any, ...]
_Values = tuple[Any, ...] | str


@dataclass
class Series:
    """The state of one series. All times are UTC and naive; None means never.

    ``newest`` is the newest label of a row, ``requested_until`` the end of the last window with a response. ``seen``
    maps the identity of a row to its values. ``opens_at`` is the earliest label that this tick accepts; earlier ticks
    have landed the rows before it.
    """

    newest: datetime | None = None
    requested_until: datetime | None = None
    seen: dict[_Name, _Values] = field(default_factory=dict)
    opens_at: datetime | None = None
    # ``requested_until`` in the newest batch. A response without rows causes a batch only when this value is None or a
    # day behind.
    _written_requested_until: datetime | None = None

    def floor(self, overlap: timedelta) -> datetime | None:
        """Return the first label to request; None when the series was never requested."""
        known = [self.newest] if self.newest else []
        if self.requested_until:
            known.append(self.requested_until - LONGEST_LOOK_BACK)
        return max(known) - overlap if known else None

    def take(self, row: Row, dataset: Dataset) -> bool:
        """Return whether ``row`` is new (a new label or another value), and remember it."""
        stamped_at: datetime = row["stamped_at"]
        if self.opens_at and stamped_at < self.opens_at:
            return False
        name, values = _name(row, dataset), tuple(row[column] for column in dataset.columns)
        before = self.seen.get(name)
        # A digest is slow, so only the few rows of earlier ticks are compared by their digest.
        if before == (_digest(values) if isinstance(before, str) else values):
            return False
        self.seen[name] = values
        self.newest = max(self.newest or stamped_at, stamped_at)
        return True

    def note_requested(self, until: datetime) -> bool:
        """Note that responses cover the time before ``until``. Return whether the state needs a batch without rows."""
        self.requested_until = max(self.requested_until or until, until)
        written = self._written_requested_until
        return written is None or self.requested_until - written > LONGEST_LOOK_BACK

    def as_state(self, overlap: timedelta) -> dict[str, Any]:
        """Return the state to write, as JSON values, and forget the rows that later ticks do not compare."""
        floor = self.floor(overlap)
        if floor:
            self.seen = {name: values for name, values in self.seen.items() if name is _TIMELESS or name[0] >= floor}
        self._written_requested_until = self.requested_until
        return {
            "newest": _label(self.newest) if self.newest else None,
            # Landed batches hold this key and are never changed, so the key keeps its former name.
            "asked_until": _label(self.requested_until) if self.requested_until else None,
            "seen": [
                [_as_json(name), values if isinstance(values, str) else _digest(values)]
                for name, values in self.seen.items()
            ],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], overlap: timedelta) -> Self:
        """Return the series of a state that :meth:`as_state` wrote, ready for a new tick."""
        newest, requested_until = (
            datetime.fromisoformat(state[name]) if state[name] else None for name in ("newest", "asked_until")
        )
        seen: dict[_Name, _Values] = {_from_json(name): digest for name, digest in state["seen"]}
        series = cls(newest, requested_until, seen, _written_requested_until=requested_until)
        series.opens_at = series.floor(overlap)
        return series


def _label(at: datetime) -> str:
    # All labels have one length, because they are compared as text.
    return at.isoformat(timespec="microseconds")


def _name(row: Row, dataset: Dataset) -> _Name:
    if dataset is INSTRUMENT:
        return _TIMELESS
    # A vendor reports several venues under one symbol.
    return (row["stamped_at"], row.get("venue_native"), *(str(row[column]) for column in dataset.own_key))


def _as_json(name: _Name) -> list[Any]:
    return [_label(name[0]), *name[1:]] if name else []


def _from_json(name: Sequence[Any]) -> _Name:
    return (datetime.fromisoformat(name[0]), *name[1:]) if name else _TIMELESS


def _digest(values: _Name) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:_DIGEST_CHARACTERS]
