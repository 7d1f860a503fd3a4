"""Small files that match shipped manifests: the input of ticks in tests."""

import csv
import gzip
import io
from datetime import datetime
from pathlib import Path

FIRST_LABEL_MS = int(datetime.fromisoformat("2026-02-28T00:00:00+00:00").timestamp() * 1000)
HOUR_MS = 3_600_000


def write_open_interest(root: Path, count: int, *, oi_base: float = 80_000.0) -> None:
    """Write ``count`` 4-hourly values in the format of the shipped manifest ``binance_rest_open_interest_4h``."""
    rows = [
        [FIRST_LABEL_MS + index * 4 * HOUR_MS, "BTCUSDT", oi_base + index, (oi_base + index) * 65_000.0]
        for index in range(count)
    ]
    header = ["timestamp", "symbol", "sum_open_interest", "sum_open_interest_value"]
    _write(root / "binance_rest" / "BTCUSDT_open_interest_4h.csv.gz", header, rows)


def write_candles(root: Path, bars: int, *, high_usd: float = 65_100.0) -> None:
    """Write ``bars`` hourly candles in the format of the shipped manifest ``binance_rest_candle_1h``."""
    header = ["timestamp", "open", "high", "low", "close", "volume", "quote_volume", "trades", "close_time"]
    rows = []
    for bar in range(bars):
        start = FIRST_LABEL_MS + bar * HOUR_MS
        rows.append([start, 65_000, high_usd, 64_900, 65_000, 100, 6_500_000, 10, start + HOUR_MS - 1])
    _write(root / "binance_rest" / "BTCUSDT_klines_1h.csv.gz", header, rows)


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_bytes(gzip.compress(text.getvalue().encode()))
