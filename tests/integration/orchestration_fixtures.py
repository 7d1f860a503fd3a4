"""A small home, filled by one tick."""

import shutil
from pathlib import Path

import pytest
from orchestration_support import write_candles, write_open_interest

from common.settings import Settings
from orchestration.run import run_tick


@pytest.fixture(scope="session")
def ticked_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``files`` and a ``home`` that one tick made from them. Do not write into it."""
    folder = tmp_path_factory.mktemp("ticked")
    write_open_interest(folder / "files", count=40)
    write_candles(folder / "files", bars=160)
    outcome = run_tick(Settings(home=folder / "home", files_root=folder / "files"))
    assert outcome.is_successful, (outcome.errors, outcome.failed_checks)
    assert outcome.is_published
    return folder


@pytest.fixture
def ticked(ticked_home: Path, tmp_path: Path) -> Settings:
    """The settings of a copy of the ticked home. Tests may write into it."""
    shutil.copytree(ticked_home, tmp_path / "ticked")
    return Settings(home=tmp_path / "ticked" / "home", files_root=tmp_path / "ticked" / "files")
