"""What can go wrong with a simulated exchange, on demand: what is on the wire instead of the right answer.

What belongs here: the effects, and the board that says which of them strikes a request. What does not: carrying them
out on sockets (server.py).

An effect changes what the venue knows (its view), how an answer is laid out or how it is written; the rest concerns the
connection, and the server sees to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, ClassVar, Literal

import numpy as np

from sandbox.exchanges.api import Json
from sandbox.exchanges.listed import Listed
from sandbox.exchanges.view import View
from sandbox.market.latent_market import Floats

_YEARS_AROUND_SECONDS = 3 * 365 * 86400


class Effect:
    """What an effect leaves alone, unless it says otherwise. It strikes answers, or else messages of WebSockets."""

    place: ClassVar[Literal["answer", "message"]] = "answer"

    def on_view(self, view: View, _symbol: str | None) -> View:
        """Return what the venue knows."""
        return view

    def on_answer(self, answer: Json, _now: float) -> Json:
        """Return how the answer is laid out."""
        return answer

    def on_text(self, text: str) -> str:
        """Return how the answer is written."""
        return text


@dataclass(frozen=True)
class Status(Effect):
    """Nothing but a status: 429 with or without Retry-After, 418 for a ban, 5xx."""

    status: int = 500
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Silence(Effect):
    """No answer at all."""


@dataclass(frozen=True)
class Slow(Effect):
    """The right answer, late."""

    seconds: float = 1.0


@dataclass(frozen=True)
class Dropped(Effect):
    """A WebSocket is closed instead of the next message."""

    place: ClassVar[Literal["answer", "message"]] = "message"


@dataclass(frozen=True)
class HalfMessage(Effect):
    """Half of the next message of a WebSocket."""

    place: ClassVar[Literal["answer", "message"]] = "message"


@dataclass(frozen=True)
class Truncated(Effect):
    """The first half of the text."""

    def on_text(self, text: str) -> str:
        """Return what is left of ``text``."""
        return text[: len(text) // 2]


@dataclass(frozen=True)
class Malformed(Effect):
    """Text that no JSON parser takes."""

    def on_text(self, text: str) -> str:
        """Return ``text`` with commas that nothing lies between."""
        return f"{text[:-1]},,{text[-1:]}"


@dataclass(frozen=True)
class WrongType(Effect):
    """An object where a value should be, in the named field (or at the index) of all rows."""

    field: str

    def on_answer(self, answer: Json, _now: float) -> Json:
        """Return ``answer`` with the value of the field wrapped."""
        return _with_field(answer, self.field, lambda value: [{"value": value}])


@dataclass(frozen=True)
class MissingField(Effect):
    """All rows without the named field (or the value at the index)."""

    field: str

    def on_answer(self, answer: Json, _now: float) -> Json:
        """Return ``answer`` without the field."""
        return _with_field(answer, self.field, lambda _value: [])


@dataclass(frozen=True)
class Empty(Effect):
    """No rows."""

    def on_answer(self, answer: Json, _now: float) -> Json:
        """Return ``answer`` without rows."""
        return _with_rows(answer, lambda _rows: [])


@dataclass(frozen=True)
class Duplicated(Effect):
    """Every row twice."""

    def on_answer(self, answer: Json, _now: float) -> Json:
        """Return ``answer`` with its rows doubled."""
        return _with_rows(answer, lambda rows: [row for row in rows for _ in range(2)])


@dataclass(frozen=True)
class Reordered(Effect):
    """The rows the other way round."""

    def on_answer(self, answer: Json, _now: float) -> Json:
        """Return ``answer`` with its rows reversed."""
        return _with_rows(answer, lambda rows: rows[::-1])


@dataclass(frozen=True)
class Skewed(Effect):
    """A clock that is off: every instant in the answer is shifted."""

    seconds: float

    def on_answer(self, answer: Json, now: float) -> Json:
        """Return ``answer`` with what looks like an instant of these years shifted."""
        return _shifted(answer, self.seconds, now)


@dataclass(frozen=True)
class Late(Effect):
    """Histories without what is younger than some seconds."""

    seconds: float

    def on_view(self, view: View, _symbol: str | None) -> View:
        """Return ``view`` as of before."""
        return replace(view, withheld_seconds=self.seconds)


@dataclass(frozen=True)
class Restated(Effect):
    """Open interest that was corrected: it is ``factor`` times what it was, from an instant to another."""

    begins_at: float
    ends_at: float
    factor: float

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with the corrected open interest."""
        is_inside = (view.market.marks >= self.begins_at) & (view.market.marks <= self.ends_at)
        return _with_oi(view, symbol, lambda oi: np.where(is_inside, oi * self.factor, oi))


@dataclass(frozen=True)
class ZeroOi(Effect):
    """Open interest of zero at all times, as in maintenance."""

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with nothing open."""
        return _with_oi(view, symbol, lambda oi: oi * 0.0)


@dataclass(frozen=True)
class StaleOi(Effect):
    """Open interest that repeats the value of an instant from then on."""

    since: float

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with the open interest that stands still."""
        marks = view.market.marks
        last = int(np.searchsorted(marks, self.since, "right")) - 1
        return _with_oi(view, symbol, lambda oi: np.where((marks > marks[last]) & ~np.isnan(oi), oi[last], oi))


@dataclass(frozen=True)
class Renamed(Effect):
    """A symbol that is called otherwise from now on; the old name is unknown."""

    old: str
    new: str

    def on_view(self, view: View, _symbol: str | None) -> View:
        """Return ``view`` with the new name."""
        return _with_listed(view, self.old, lambda one: replace(one, symbol=self.new))


@dataclass(frozen=True)
class ContractSize(Effect):
    """Contracts of ``factor`` times their size, and as many fewer of them."""

    factor: float

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with the new size."""
        return _with_listed(view, symbol, lambda one: replace(one, contract_size=one.contract_size * self.factor))


EFFECTS: Mapping[str, type[Effect]] = {
    "status": Status,
    "silence": Silence,
    "slow": Slow,
    "dropped": Dropped,
    "half_message": HalfMessage,
    "truncated": Truncated,
    "malformed": Malformed,
    "wrong_type": WrongType,
    "missing_field": MissingField,
    "empty": Empty,
    "duplicated": Duplicated,
    "reordered": Reordered,
    "skewed": Skewed,
    "late": Late,
    "restated": Restated,
    "zero_oi": ZeroOi,
    "stale_oi": StaleOi,
    "renamed": Renamed,
    "contract_size": ContractSize,
}


@dataclass(frozen=True)
class Fault:
    """An effect, and what it strikes: an API, the paths of a pattern, a symbol (None: all of them).

    It strikes ``times`` requests, or (None) all until it is cleared.
    """

    effect: Effect
    api_id: str
    path: str = "*"
    symbol: str | None = None
    times: int | None = None


class Faults:
    """The board of faults. It may be written to while a server in another thread reads it."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock = Lock()
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Put a fault up."""
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self) -> None:
        """Take all faults down."""
        with self._lock:
            self._left = []

    def standing(self) -> list[Fault]:
        """Return the faults that still strike, with the times they have left."""
        with self._lock:
            return [replace(fault, times=times) for fault, times in self._left]

    def strike(
        self, api_id: str, path: str, symbol: str | None, place: Literal["answer", "message"] = "answer"
    ) -> list[Fault]:
        """Return the faults that strike a request or a message, and count it.

        A fault of a symbol strikes requests without one too: answers in bulk speak of every symbol.
        """

        def strikes(fault: Fault) -> bool:
            is_symbol = symbol is None or fault.symbol in {None, symbol}
            is_path = fault.api_id == api_id and fnmatchcase(path, fault.path)
            return fault.effect.place == place and is_path and is_symbol

        with self._lock:
            struck = [fault for fault, _ in self._left if strikes(fault)]
            counted = [(fault, times - 1 if times and strikes(fault) else times) for fault, times in self._left]
            self._left = [(fault, times) for fault, times in counted if times != 0]
        return struck


def fault_of(described: Mapping[str, Any]) -> Fault:
    """Return the fault that a JSON object describes: ``effect`` by name, its own values, and the fields of a fault.

    Raises:
        ValueError: There is no such effect, or it takes no such values.
    """
    rest = dict(described)
    name = rest.pop("effect", None)
    kind = EFFECTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"no effect {name!r}; there are {', '.join(EFFECTS)}")
    aims = {field.name for field in fields(Fault)}
    values = {key: value for key, value in rest.items() if key not in aims}
    try:
        return Fault(kind(**values), **{key: value for key, value in rest.items() if key in aims})
    except TypeError as error:
        raise ValueError(f"effect {name!r} cannot be read: {error}") from None


def described(fault: Fault) -> dict[str, Any]:
    """Return the JSON object of a fault."""
    name = next(name for name, kind in EFFECTS.items() if type(fault.effect) is kind)
    return {
        "effect": name,
        **vars(fault.effect),
        **{key: value for key, value in vars(fault).items() if key != "effect"},
    }


def _with_listed(view: View, symbol: str | None, change: Callable[[Listed], Listed]) -> View:
    return replace(view, listed=tuple(change(one) if symbol in (None, one.symbol) else one for one in view.listed))


def _with_oi(view: View, symbol: str | None, change: Callable[[Floats], Floats]) -> View:
    return _with_listed(
        view, symbol, lambda one: replace(one, contract=replace(one.contract, oi_base=change(one.contract.oi_base)))
    )


def _is_rows(value: Json) -> bool:
    return isinstance(value, list) and len({type(row) for row in value} & {dict, list}) == 1 == len(
        set(map(type, value))
    )


def _with_rows(answer: Json, change: Callable[[list[Json]], list[Json]]) -> Json:
    """Return an answer with its outermost rows changed: lists all of objects, or all of lists."""
    if _is_rows(answer):
        return change(answer)
    if isinstance(answer, list):
        return [_with_rows(value, change) for value in answer]
    if isinstance(answer, dict):
        return {key: _with_rows(value, change) for key, value in answer.items()}
    return answer


def _with_field(answer: Json, name: str, change: Callable[[Json], list[Json]]) -> Json:
    """Return an answer with a field of its rows (or of itself) changed; no value takes the field away."""

    def of_row(row: Json) -> Json:
        if isinstance(row, list):
            changed = [change(value) if str(index) == name else [value] for index, value in enumerate(row)]
            return [value for values in changed for value in values]
        parts = (
            (key, change(value) if key == name else [_with_field(value, name, change)]) for key, value in row.items()
        )
        return {key: value for key, values in parts for value in values}

    if isinstance(answer, dict):
        return of_row(answer)
    if _is_rows(answer):
        return [of_row(row) for row in answer]
    return [_with_field(value, name, change) for value in answer] if isinstance(answer, list) else answer


def _shifted(answer: Json, seconds: float, now: float) -> Json:
    if isinstance(answer, dict):
        return {key: _shifted(value, seconds, now) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_shifted(value, seconds, now) for value in answer]
    if isinstance(answer, str):
        return str(_shifted(int(answer), seconds, now)) if answer.isdecimal() else answer
    if isinstance(answer, int):
        for unit in (1, 1000):
            if abs(answer / unit - now) < _YEARS_AROUND_SECONDS:
                return answer + round(seconds * unit)
    return answer
