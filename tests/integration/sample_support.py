"""One run of the pipeline on the simulated files, for all tests of its results."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sample_files import write_sample

from common.settings import PROJECT_ROOT


@dataclass(frozen=True)
class SampleRun:
    """A finished run: its home, its output on both streams and its exit code."""

    home: Path
    stdout: str
    stderr: str
    exit_code: int

    @property
    def published_file(self) -> Path:
        return self.home / "published" / "oi.duckdb"


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """`oiw run` on the simulated files, with every row labelled as simulated. Do not write into its home."""
    home = tmp_path_factory.mktemp("sample") / "home"
    write_sample(home / "sample")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OIW_", "DAGSTER_"))}
    completed = subprocess.run(
        [str(Path(sys.executable).parent / "oiw"), "--home", str(home), "run", "--files-root", str(home / "sample")],
        cwd=PROJECT_ROOT,
        env=environment | {"COLUMNS": "80", "OIW_SOURCE_MODE": "simulated"},
        capture_output=True,
        text=True,
        check=False,
    )
    return SampleRun(home, completed.stdout, completed.stderr, completed.returncode)
