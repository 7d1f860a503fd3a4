"""How far each series has been fetched, and what its newest rows said: which rows of a response are news.

What belongs here: the state of a series and the admission of rows. What does not: where the state is kept (batches.py).

A series is what one collector says of one symbol.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from ingestion.api.rows import Row
from ingestion.records import INSTRUMENT, Dataset

# A venue that has nothing to say for a while may say it later: that much of an empty stretch is asked for again.
LONGEST_LOOK_BACK = timedelta(days=1)

_DIGEST_CHARACTERS = 12
# A specification has no label of its own, so it is never left out of the state.
_TIMELESS: tuple[Any, ...] = ()


# What names a row within its series, and what it says: values of this tick, or the digest that an earlier one left.
_Name = tuple[Any, ...]
_Said = tuple[Any, ...] | str


@dataclass
class Series:
    """``newest`` label taken in and ``asked_until`` (UTC, naive; None: never), ``seen``: the row's name to its values.

    ``opens_at`` is the earliest label that this tick takes in: what lies before it has been, in an earlier one.
    """

    newest: datetime | None = None
    asked_until: datetime | None = None
    seen: dict[_Name, _Said] = field(default_factory=dict)
    opens_at: datetime | None = None
    # As written down last: a response without rows is worth a batch only when it spares the next tick much.
    _written_asked_until: datetime | None = None

    def floor(self, overlap: timedelta) -> datetime | None:
        """Return from which label on rows are to be asked for; None when nothing has been yet."""
        known = [self.newest] if self.newest else []
        if self.asked_until:
            known.append(self.asked_until - LONGEST_LOOK_BACK)
        return max(known) - overlap if known else None

    def take(self, row: Row, dataset: Dataset) -> bool:
        """Return whether ``row`` says anything new (a new label or another value), and remember it."""
        stamped_at: datetime = row["stamped_at"]
        if self.opens_at and stamped_at < self.opens_at:
            return False
        name, values = _name(row, dataset), tuple(row[column] for column in dataset.columns)
        before = self.seen.get(name)
        # A digest costs more than all the rest: only the few rows that an earlier tick has left are compared by it.
        if before == (_digest(values) if isinstance(before, str) else values):
            return False
        self.seen[name] = values
        self.newest = max(self.newest or stamped_at, stamped_at)
        return True

    def note_asked(self, until: datetime) -> bool:
        """Note that the venue has responded for everything before ``until``; return whether that is worth a batch."""
        self.asked_until = max(self.asked_until or until, until)
        written = self._written_asked_until
        return written is None or self.asked_until - written > LONGEST_LOOK_BACK

    def as_state(self, overlap: timedelta) -> dict[str, Any]:
        """Return what must outlive the process, as JSON knows it, and forget rows that are not looked at again."""
        floor = self.floor(overlap)
        if floor:
            self.seen = {name: said for name, said in self.seen.items() if name is _TIMELESS or name[0] >= floor}
        self._written_asked_until = self.asked_until
        return {
            "newest": _label(self.newest) if self.newest else None,
            "asked_until": _label(self.asked_until) if self.asked_until else None,
            "seen": [
                [_as_json(name), said if isinstance(said, str) else _digest(said)] for name, said in self.seen.items()
            ],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], overlap: timedelta) -> Self:
        """Return the series that :meth:`as_state` wrote down, as a new tick finds it."""
        newest, asked_until = (
            datetime.fromisoformat(state[name]) if state[name] else None for name in ("newest", "asked_until")
        )
        seen: dict[_Name, _Said] = {_from_json(name): digest for name, digest in state["seen"]}
        series = cls(newest, asked_until, seen, _written_asked_until=asked_until)
        series.opens_at = series.floor(overlap)
        return series


def _label(at: datetime) -> str:
    # One length for all: labels are compared as text.
    return at.isoformat(timespec="microseconds")


def _name(row: Row, dataset: Dataset) -> _Name:
    if dataset is INSTRUMENT:
        return _TIMELESS
    # A vendor speaks of several venues under one symbol.
    return (row["stamped_at"], row.get("venue_native"), *(str(row[column]) for column in dataset.own_key))


def _as_json(name: _Name) -> list[Any]:
    return [_label(name[0]), *name[1:]] if name else []


def _from_json(name: Sequence[Any]) -> _Name:
    return (datetime.fromisoformat(name[0]), *name[1:]) if name else _TIMELESS


def _digest(values: _Name) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:_DIGEST_CHARACTERS]
