"""Rules as data: a name, a condition, and the expectation that checks it. Nothing is imported or run here.

What belongs here: the shape of a rule, and one builder per kind. What does not: the rules of a dataset (suites).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# A rule judges the rows of one of these frames (raw_frames.py).
FrameName = Literal["columns", "rows", "observations"]


@dataclass(frozen=True)
class Rule:
    """One expectation of Great Expectations on one frame.

    ``expectation`` is the name of the class, ``arguments`` are its arguments. A rule that is not ``is_blocking`` warns
    and stops nothing.
    """

    name: str
    description: str
    expectation: str
    arguments: dict[str, Any] = field(hash=False)
    frame: FrameName = "rows"
    is_blocking: bool = True


def is_one_of(column: str, values: Sequence[str]) -> Rule:
    """Every value is one of ``values`` or NULL."""
    return Rule(
        f"{column}_is_known",
        f"{column} is one of {', '.join(values)}.",
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": list(values)},
    )


def is_not_negative(column: str) -> Rule:
    """Every value is at least zero or NULL; a source may report zero."""
    return _is_at_least(column, 0, is_strict=False)


def is_positive(column: str) -> Rule:
    """Every value is above zero or NULL."""
    return _is_at_least(column, 0, is_strict=True)


def _is_at_least(column: str, minimum: float, *, is_strict: bool) -> Rule:
    return Rule(
        f"{column}_is_{'positive' if is_strict else 'not_negative'}",
        f"{column} is {'above' if is_strict else 'at least'} {minimum}, or NULL.",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": minimum, "strict_min": is_strict},
    )


def is_ordered(name: str, description: str, *, high: str, low: str) -> Rule:
    """``high`` is at least ``low`` in every row where both are set."""
    return Rule(
        name,
        description,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": high, "column_B": low, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
    )


def holds(name: str, description: str) -> Rule:
    """The column ``name`` is true in every row: a condition on several columns or rows, computed with the frame."""
    return Rule(name, description, "ExpectColumnValuesToBeInSet", {"column": name, "value_set": [True]})
