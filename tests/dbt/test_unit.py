"""Every dbt unit test (models/**/_*__unit_tests.yml) passes on a warehouse without any rows."""

import pytest
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt_support import failures

from common.settings import Settings
from warehouse.dbt_project import DBT_DIR, invoke

pytestmark = pytest.mark.xdist_group("dbt_empty_warehouse")


# The columns of what a unit test puts in the place of a model are those of its table, so there must be one.
def test_every_unit_test_passes(empty_warehouse: Settings):
    tests = invoke(empty_warehouse, ["test", "--select", "test_type:unit"])
    assert isinstance(tests.result, RunExecutionResult)
    assert failures(tests.result) == []
    written = [line for path in DBT_DIR.glob("models/*/_*__unit_tests.yml") for line in path.read_text().splitlines()]
    count = sum(line.startswith("  - name: ") for line in written)
    assert len([node for node in tests.result.results if node.node.resource_type == "unit_test"]) == count
