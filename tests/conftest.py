"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded market data (``OIW_TEST_DATA``, default ``../shared/data``). Skips the test without it."""
    root = Path(os.environ.get("OIW_TEST_DATA", PROJECT_ROOT / "../shared/data")).resolve()
    if not root.is_dir():
        pytest.skip(f"recorded market data not found at {root}; set OIW_TEST_DATA")
    return root


@pytest.fixture(scope="session")
def shared_cases(shared_data: Path) -> Path:
    """The folder of the small cases, beside the recorded data. Skips the test without it."""
    root = shared_data.parent / "cases"
    if not root.is_dir():
        pytest.skip(f"small cases not found at {root}")
    return root
