"""A warehouse with every table and no row, which the tests of dbt run against."""

import pytest
from dbt_support import failures

from common.settings import Settings
from warehouse.connection import open_build
from warehouse.dbt_project import invoke
from warehouse.migrations import migrate


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A build file with the tables of the loader and of every model, none of which has a row. To be read or copied."""
    settings = Settings(home=tmp_path_factory.mktemp("empty_warehouse"))
    with open_build(settings.build_file) as con:
        migrate(con)
    tables = invoke(settings, ["build", "--empty", "--exclude-resource-type", "unit_test", "test"])
    assert tables.success, failures(tables.result)
    return settings
