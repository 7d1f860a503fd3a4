"""The test suite itself: a group of tests runs in one process, and no two files have one name.

Tests of a group share a home that takes long to build. pytest imports a test file by its name, without its folder.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("of_this_file")

TESTS = Path(__file__).parents[1]


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_the_group_is_known_to_the_scheduler(request: pytest.FixtureRequest):
    assert request.node.nodeid.endswith("@of_this_file")


def test_every_test_file_has_a_name_of_its_own():
    names = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
