"""Every dbt unit test (models/**/_*__unit_tests.yml) passes on a warehouse without any rows."""

from pathlib import Path

from dbt.artifacts.schemas.run import RunExecutionResult

from common.settings import Settings
from warehouse.connection import open_build
from warehouse.dbt_project import DBT_DIR, invoke
from warehouse.migrations import migrate


def test_every_unit_test_passes(tmp_path: Path):
    settings = Settings(home=tmp_path)
    with open_build(settings.build_file) as con:
        migrate(con)
    # The columns of what a unit test puts in the place of a model are those of its table, so there must be one.
    tables = invoke(settings, ["build", "--empty", "--exclude-resource-type", "unit_test", "test"])
    assert tables.success, _failures(tables.result)
    tests = invoke(settings, ["test", "--select", "test_type:unit"])
    assert isinstance(tests.result, RunExecutionResult)
    assert _failures(tests.result) == []
    written = [line for path in DBT_DIR.glob("models/**/_*__unit_tests.yml") for line in path.read_text().splitlines()]
    assert len(tests.result.results) == sum(line.startswith("  - name: ") for line in written)


def _failures(outcome: RunExecutionResult) -> list[str]:
    """Return the name and message of every node that failed."""
    return [f"{node.node.name}: {node.message}" for node in outcome.results if node.status not in ("pass", "success")]
