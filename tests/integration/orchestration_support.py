"""A small home that one tick has filled, and the files that it came from."""

import csv
import gzip
import io
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.settings import Settings
from orchestration.lib.run import run_tick

FIRST_MARK_MS = int(datetime.fromisoformat("2026-02-28T00:00:00+00:00").timestamp() * 1000)
HOUR_MS = 3_600_000


def write_open_interest(root: Path, marks: int, *, oi_base: float = 80_000.0) -> None:
    """Write ``marks`` 4-hourly values as the shipped manifest ``binance_rest_open_interest_4h`` means them."""
    rows = [
        [FIRST_MARK_MS + mark * 4 * HOUR_MS, "BTCUSDT", oi_base + mark, (oi_base + mark) * 65_000.0]
        for mark in range(marks)
    ]
    header = ["timestamp", "symbol", "sum_open_interest", "sum_open_interest_value"]
    _write(root / "binance_rest" / "BTCUSDT_open_interest_4h.csv.gz", header, rows)


def write_candles(root: Path, bars: int, *, high_usd: float = 65_100.0) -> None:
    """Write ``bars`` hourly candles as the shipped manifest ``binance_rest_candle_1h`` means them."""
    header = ["timestamp", "open", "high", "low", "close", "volume", "quote_volume", "trades", "close_time"]
    rows = []
    for bar in range(bars):
        start = FIRST_MARK_MS + bar * HOUR_MS
        rows.append([start, 65_000, high_usd, 64_900, 65_000, 100, 6_500_000, 10, start + HOUR_MS - 1])
    _write(root / "binance_rest" / "BTCUSDT_klines_1h.csv.gz", header, rows)


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_bytes(gzip.compress(text.getvalue().encode()))


@pytest.fixture(scope="session")
def ticked_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``files`` and a ``home`` that one tick made of them. Never write into it."""
    folder = tmp_path_factory.mktemp("ticked")
    write_open_interest(folder / "files", marks=40)
    write_candles(folder / "files", bars=160)
    outcome = run_tick(Settings(home=folder / "home", files_root=folder / "files"))
    assert outcome.is_successful, (outcome.errors, outcome.failed_checks)
    assert outcome.is_published
    return folder


@pytest.fixture
def ticked(ticked_home: Path, tmp_path: Path) -> Settings:
    """The settings of a copy of the ticked home, to write into."""
    shutil.copytree(ticked_home, tmp_path / "ticked")
    return Settings(home=tmp_path / "ticked" / "home", files_root=tmp_path / "ticked" / "files")

