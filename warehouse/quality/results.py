"""The result of a check. Rules and judging do not belong here."""

from dataclasses import dataclass
from typing import Any

# Rows of a result: enough to see the fault, and few enough for a terminal and for Dagster's metadata.
FAILING_ROWS_SHOWN = 20


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one rule on one dataset.

    ``failing_rows`` are the first 20 of ``failing_count``, as JSON values (times in ISO form, UTC; NULL as None).
    """

    name: str
    dataset: str
    is_passed: bool
    is_blocking: bool
    description: str
    failing_rows: list[dict[str, Any]]
    failing_count: int
