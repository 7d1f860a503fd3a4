"""Tests of one group run in one process, because they share a home that takes long to build."""

import os

import pytest

pytestmark = pytest.mark.xdist_group("of_this_file")


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_the_group_is_known_to_the_scheduler(request: pytest.FixtureRequest):
    assert request.node.nodeid.endswith("@of_this_file")
