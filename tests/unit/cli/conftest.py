"""Running `oiw` as its users do: the real entry point, in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import run

MANIFEST = """\
name: my_open_interest
description: Open interest of a test.
source: exchanges
source_mode: file
dataset: open_interest
scope: instrument
files: ["oi_{symbol}.csv"]
time: {column: time, unit: iso, zone: UTC, label_convention: instant, interval: 1h}
venue: {fixed: binance}
symbol: {path: symbol}
records:
  - values: {oi_native: oi}
    unit: base
    constants: {native_field: sumOpenInterest}
"""


@dataclass(frozen=True)
class Done:
    exit_code: int
    out: str
    err: str


@pytest.fixture
def oiw(settings, monkeypatch, capsys) -> Callable[..., Done]:
    """``oiw("load")`` runs the command in this process on the warehouse of ``settings``."""
    monkeypatch.setenv("OIW_HOME", str(settings.home))
    monkeypatch.delenv("OIW_FILES_ROOT", raising=False)
    monkeypatch.delenv("OIW_DEBUG", raising=False)

    def run_command(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["oiw", *arguments])
        capsys.readouterr()
        try:
            run()
        except SystemExit as stop:
            exit_code = stop.code or 0
        else:
            exit_code = 0
        out, err = capsys.readouterr()
        return Done(exit_code, out, err)

    return run_command


@pytest.fixture
def oiw_process(settings) -> Callable[..., Done]:
    """``oiw_process("load")`` runs the command in a process of its own."""

    def run_process(*arguments: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import run; run()", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OIW_HOME": str(settings.home), "COLUMNS": "120"},
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run_process


@pytest.fixture
def files(tmp_path) -> Path:
    """A folder with a manifest and one file of two rows."""
    root = tmp_path / "files"
    root.mkdir()
    (root / "my.yaml").write_text(MANIFEST)
    (root / "oi_BTCUSDT.csv").write_text("time,oi\n2025-07-01T00:00:00,1000.5\n2025-07-01T01:00:00,1001.5\n")
    return root
