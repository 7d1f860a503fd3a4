"""Staged failures of a simulated exchange: what it sends instead of the right response.

What belongs here: the effects, and the list of faults that decides which requests an effect concerns. What does not:
effects on the connection itself, such as a delay or a closed socket (server.py).

An effect changes the venue's data (its view), the structure of a response, or its text.
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
    """An effect that changes nothing. Subclasses override the methods for the parts that they change.

    ``place`` is 'response' for effects on HTTP responses, 'message' for effects on WebSocket messages.
    """

    place: ClassVar[Literal["response", "message"]] = "response"

    def on_view(self, view: View, _symbol: str | None) -> View:
        """Return the data that the venue serves."""
        return view

    def on_response(self, response: Json, _now: float) -> Json:
        """Return the structure of the response."""
        return response

    def on_text(self, text: str) -> str:
        """Return the text of the response."""
        return text


@dataclass(frozen=True)
class Status(Effect):
    """An HTTP error status: 429 with or without Retry-After, 418 for a ban, 5xx."""

    status: int = 500
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Silence(Effect):
    """The server never responds."""


@dataclass(frozen=True)
class Slow(Effect):
    """The right response, late."""

    seconds: float = 1.0


@dataclass(frozen=True)
class Dropped(Effect):
    """The server closes the WebSocket instead of sending the next message."""

    place: ClassVar[Literal["response", "message"]] = "message"


@dataclass(frozen=True)
class HalfMessage(Effect):
    """The server sends only the first half of the next WebSocket message."""

    place: ClassVar[Literal["response", "message"]] = "message"


@dataclass(frozen=True)
class Truncated(Effect):
    """Only the first half of the response text."""

    def on_text(self, text: str) -> str:
        """Return the first half of ``text``."""
        return text[: len(text) // 2]


@dataclass(frozen=True)
class Malformed(Effect):
    """Text that no JSON parser accepts."""

    def on_text(self, text: str) -> str:
        """Return ``text`` with two commas before its last character."""
        return f"{text[:-1]},,{text[-1:]}"


@dataclass(frozen=True)
class WrongType(Effect):
    """An object instead of a value, in the named field (or at the index) of all rows."""

    field: str

    def on_response(self, response: Json, _now: float) -> Json:
        """Return ``response`` with the field's value wrapped in an object."""
        return _with_field(response, self.field, lambda value: [{"value": value}])


@dataclass(frozen=True)
class MissingField(Effect):
    """All rows without the named field (or the value at the index)."""

    field: str

    def on_response(self, response: Json, _now: float) -> Json:
        """Return ``response`` without the field."""
        return _with_field(response, self.field, lambda _value: [])


@dataclass(frozen=True)
class Empty(Effect):
    """No rows."""

    def on_response(self, response: Json, _now: float) -> Json:
        """Return ``response`` without rows."""
        return _with_rows(response, lambda _rows: [])


@dataclass(frozen=True)
class Duplicated(Effect):
    """Every row twice."""

    def on_response(self, response: Json, _now: float) -> Json:
        """Return ``response`` with its rows doubled."""
        return _with_rows(response, lambda rows: [row for row in rows for _ in range(2)])


@dataclass(frozen=True)
class Reordered(Effect):
    """The rows in reverse order."""

    def on_response(self, response: Json, _now: float) -> Json:
        """Return ``response`` with its rows reversed."""
        return _with_rows(response, lambda rows: rows[::-1])


@dataclass(frozen=True)
class Skewed(Effect):
    """A wrong clock: the effect shifts every instant in the response by ``seconds``."""

    seconds: float

    def on_response(self, response: Json, now: float) -> Json:
        """Return ``response`` with a shift of every number that can be an instant within three years of now."""
        return _shifted(response, self.seconds, now)


@dataclass(frozen=True)
class Late(Effect):
    """Histories without rows that are younger than ``seconds``."""

    seconds: float

    def on_view(self, view: View, _symbol: str | None) -> View:
        """Return ``view`` without the youngest rows."""
        return replace(view, withheld_seconds=self.seconds)


@dataclass(frozen=True)
class Restated(Effect):
    """Restated open interest: ``factor`` times its former value from ``begins_at`` to ``ends_at``."""

    begins_at: float
    ends_at: float
    factor: float

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with the restated open interest."""
        is_inside = (view.market.bar_ends >= self.begins_at) & (view.market.bar_ends <= self.ends_at)
        return _with_oi(view, symbol, lambda oi: np.where(is_inside, oi * self.factor, oi))


@dataclass(frozen=True)
class ZeroOi(Effect):
    """Open interest of zero at all times, as in maintenance."""

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with open interest of zero."""
        return _with_oi(view, symbol, lambda oi: oi * 0.0)


@dataclass(frozen=True)
class StaleOi(Effect):
    """Open interest that keeps its value of the instant ``since`` from then on."""

    since: float

    def on_view(self, view: View, symbol: str | None) -> View:
        """Return ``view`` with constant open interest after ``since``."""
        bar_ends = view.market.bar_ends
        last = int(np.searchsorted(bar_ends, self.since, "right")) - 1
        return _with_oi(view, symbol, lambda oi: np.where((bar_ends > bar_ends[last]) & ~np.isnan(oi), oi[last], oi))


@dataclass(frozen=True)
class Renamed(Effect):
    """A renamed symbol: the venue has ``new`` in place of ``old``."""

    old: str
    new: str

    def on_view(self, view: View, _symbol: str | None) -> View:
        """Return ``view`` with the new name."""
        return _with_listed(view, self.old, lambda one: replace(one, symbol=self.new))


@dataclass(frozen=True)
class ContractSize(Effect):
    """A new contract size: ``factor`` times the old one, so that the number of contracts falls by the same factor."""

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
    """An effect, and the requests that it affects: one API, the paths that match a pattern, one symbol (None: all).

    It affects the next ``times`` requests, or with None all requests until the faults are cleared.
    """

    effect: Effect
    api_id: str
    path: str = "*"
    symbol: str | None = None
    times: int | None = None


class Faults:
    """The list of active faults. Tests may change it while the server reads it in another thread."""

    def __init__(self) -> None:
        """Start with no faults."""
        self._lock = Lock()
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._left = []

    def standing(self) -> list[Fault]:
        """Return the active faults, each with the number of requests that it will still affect."""
        with self._lock:
            return [replace(fault, times=times) for fault, times in self._left]

    def strike(
        self, api_id: str, path: str, symbol: str | None, place: Literal["response", "message"] = "response"
    ) -> list[Fault]:
        """Return the faults that affect a request or a message, and count it against their ``times``.

        A fault of one symbol also affects requests without a symbol: bulk responses contain every symbol.
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
    """Return the fault that a JSON object describes: the effect's name and parameters, and the fields of ``Fault``.

    Raises:
        ValueError: The effect is unknown, or its parameters are wrong.
    """
    rest = dict(described)
    name = rest.pop("effect", None)
    kind = EFFECTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"unknown effect {name!r}; choose one of {', '.join(EFFECTS)}")
    aims = {field.name for field in fields(Fault)}
    values = {key: value for key, value in rest.items() if key not in aims}
    try:
        return Fault(kind(**values), **{key: value for key, value in rest.items() if key in aims})
    except TypeError as error:
        raise ValueError(f"wrong parameters of effect {name!r}: {error}") from None


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


def _with_rows(response: Json, change: Callable[[list[Json]], list[Json]]) -> Json:
    """Return a response with its outermost rows changed. Rows are a list of objects only, or of lists only."""
    if _is_rows(response):
        return change(response)
    if isinstance(response, list):
        return [_with_rows(value, change) for value in response]
    if isinstance(response, dict):
        return {key: _with_rows(value, change) for key, value in response.items()}
    return response


def _with_field(response: Json, name: str, change: Callable[[Json], list[Json]]) -> Json:
    """Return a response with a field of its rows (or of itself) changed; an empty list from ``change`` removes it."""

    def of_row(row: Json) -> Json:
        if isinstance(row, list):
            changed = [change(value) if str(index) == name else [value] for index, value in enumerate(row)]
            return [value for values in changed for value in values]
        parts = (
            (key, change(value) if key == name else [_with_field(value, name, change)]) for key, value in row.items()
        )
        return {key: value for key, values in parts for value in values}

    if isinstance(response, dict):
        return of_row(response)
    if _is_rows(response):
        return [of_row(row) for row in response]
    return [_with_field(value, name, change) for value in response] if isinstance(response, list) else response


def _shifted(response: Json, seconds: float, now: float) -> Json:
    if isinstance(response, dict):
        return {key: _shifted(value, seconds, now) for key, value in response.items()}
    if isinstance(response, list):
        return [_shifted(value, seconds, now) for value in response]
    if isinstance(response, str):
        return str(_shifted(int(response), seconds, now)) if response.isdecimal() else response
    if isinstance(response, int):
        for unit in (1, 1000):
            if abs(response / unit - now) < _YEARS_AROUND_SECONDS:
                return response + round(seconds * unit)
    return response
