"""How failed checks are printed, and which error they raise.

What belongs here: one shape for the failures of Great Expectations, dbt and a Dagster run. What does not: running them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from common.errors import CheckError, WarehouseError

if TYPE_CHECKING:
    from orchestration.run import FailedCheck
    from warehouse.build import NodeResult
    from warehouse.quality import CheckResult

_ROWS_SHOWN = 5


@dataclass(frozen=True)
class Failure:
    """A check that failed or warned, or a model that could not be built (``is_check`` False)."""

    name: str
    description: str
    rows: Sequence[dict[str, Any]]
    is_blocking: bool
    is_check: bool = True

    @classmethod
    def from_check(cls, result: "CheckResult") -> "Failure":
        """Return the failure of a rule of the raw boundary."""
        return cls(
            name=f"raw.{result.dataset}.{result.name}",
            description=f"{result.failing_count} rows. {result.description}",
            rows=result.failing_rows,
            is_blocking=result.is_blocking,
        )

    @classmethod
    def from_node(cls, node: "NodeResult") -> "Failure":
        """Return the failure of a dbt node, or the warning of a dbt test."""
        return cls(
            name=node.unique_id,
            description=node.message or node.status,
            rows=node.failing_rows,
            is_blocking=node.is_failed,
            is_check=node.unique_id.startswith("test."),
        )

    @classmethod
    def from_run(cls, check: "FailedCheck") -> "Failure":
        """Return the failure of a check in a Dagster run."""
        return cls(
            name=f"{check.asset}.{check.name}",
            description=check.description,
            rows=[row for rows in check.tables.values() for row in rows],
            is_blocking=check.is_blocking,
        )


def stop_on_failures(failures: Sequence[Failure]) -> None:
    """Print every failure with its first rows on stderr.

    Raises WarehouseError when a model could not be built, CheckError when a blocking check failed.
    """
    for failure in failures:
        _print(failure)
    broken = [failure.name for failure in failures if not failure.is_check]
    if broken:
        raise WarehouseError(f"{len(broken)} models could not be built (reasons above): {', '.join(broken)}")
    blocking = [failure.name for failure in failures if failure.is_blocking]
    if blocking:
        raise CheckError(
            f"{len(blocking)} blocking checks failed (above), nothing was published: {', '.join(blocking)}; "
            "see docs/runbooks/failed_check.md"
        )


def _print(failure: Failure) -> None:
    label = "failed" if failure.is_blocking else "warning"
    typer.echo(f"{label}: {failure.name}: {failure.description}", err=True)
    for row in failure.rows[:_ROWS_SHOWN]:
        cells = ", ".join(f"{column}={value}" for column, value in row.items() if value is not None)
        typer.echo(f"    {cells}", err=True)
    if len(failure.rows) > _ROWS_SHOWN:
        typer.echo(f"    and {len(failure.rows) - _ROWS_SHOWN} more rows in the check's result", err=True)
