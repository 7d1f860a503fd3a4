"""What the tests of dbt share."""

from dbt.artifacts.schemas.run import RunExecutionResult


def failures(outcome: RunExecutionResult) -> list[str]:
    """Return the name and message of every node that failed."""
    return [f"{node.node.name}: {node.message}" for node in outcome.results if node.status not in ("pass", "success")]
