"""One run of the demo for all tests that look at what came out of it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT


@dataclass(frozen=True)
class DemoRun:
    """A finished demo: its home, what it printed on both streams and how it ended."""

    home: Path
    stdout: str
    stderr: str
    exit_code: int

    @property
    def published_file(self) -> Path:
        return self.home / "published" / "oi.duckdb"


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """The demo as `make demo` runs it. Never write into its home."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DAGSTER_"))}
    completed = subprocess.run(
        [sys.executable, "-m", "sandbox.demo", "--home", str(home)],
        cwd=PROJECT_ROOT,
        env=environment | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    return DemoRun(home, completed.stdout, completed.stderr, completed.returncode)
