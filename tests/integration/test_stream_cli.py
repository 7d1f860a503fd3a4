"""`oiw stream liquidations`, run as a user runs it."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime

import pyarrow as pa
from stream_support import bybit_message, instrument, landed, serving, until

from common.settings import PROJECT_ROOT
from ingestion.landing import Batch, write_batch
from ingestion.records import INSTRUMENT

LINEAR = "/bybit/v5/public/linear"
SETTINGS = """
[live]
venues = ["bybit", "kraken"]
[live.base_urls]
bybit = "{base}/bybit"
"""
NOON = datetime.fromisoformat("2026-01-01 12:00:00")


def start(home, *arguments, source_mode="live"):
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import run; run()", "stream", "liquidations", *arguments],
        env={**os.environ, "OIW_HOME": str(home), "OIW_SOURCE_MODE": source_mode},
        cwd=PROJECT_ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_instruments_it_reports_what_to_do_and_waits_until_stopped(tmp_path):
    with start(tmp_path, "--venue", "okx") as collector:
        line = collector.stderr.readline()
        collector.send_signal(signal.SIGTERM)
        assert collector.wait(20) == 0
    assert line.endswith(
        "okx /ws/v5/public: not connected (no instruments of okx have landed; run `oiw ingest live`); retrying\n"
    )


def test_an_unknown_venue_is_wrong_input(tmp_path):
    with start(tmp_path, "--venue", "mtgox") as collector:
        assert collector.wait(60) == 3
        assert "error: no liquidation stream of mtgox; choose from" in collector.stderr.read()


def land_instrument(home, symbol):
    row = {
        **asdict(instrument(symbol)), "source": "exchanges", "source_mode": "simulated",
        "collector": "bybit_instrument", "scope": "instrument", "venue_native": "bybit", "stamped_at": NOON,
        "label_convention": "instant", "interval_seconds": None, "observed_at": NOON, "payload": "{}",
    }  # fmt: skip
    batch = Batch("instrument", "bybit", "bybit/instrument", symbol, NOON)
    assert write_batch(home / "landing", batch, INSTRUMENT, pa.Table.from_pylist([row], schema=INSTRUMENT.schema))


def test_it_follows_the_landed_instruments_at_the_address_of_the_settings(tmp_path):
    land_instrument(tmp_path, "BTCUSDT")

    async def scenario():
        async with serving() as venues:
            (tmp_path / "oiw.toml").write_text(SETTINGS.format(base=venues.base))
            with start(tmp_path, "--flush-seconds", "0.1", source_mode="simulated") as collector:
                await until(lambda: venues.sockets.get(LINEAR), seconds=60)
                await venues.sockets[LINEAR][-1].send_str(bybit_message(1_767_225_600_000))
                await until(lambda: landed(tmp_path / "landing", "liquidation_event"))
                collector.send_signal(signal.SIGTERM)
                return await asyncio.to_thread(collector.communicate), collector.returncode

    (_, said), exit_code = asyncio.run(scenario())
    assert exit_code == 0
    assert "bybit /v5/public/linear: subscribed to 1 instruments\n" in said
    assert "bybit /v5/public/inverse: no followed instruments\n" in said
    (row,) = landed(tmp_path / "landing", "liquidation_event")
    assert (row["symbol"], row["source_mode"]) == ("BTCUSDT", "simulated")


def test_live_over_simulated_is_an_error(tmp_path):
    land_instrument(tmp_path, "BTCUSDT")
    with start(tmp_path) as collector:
        assert collector.wait(60) == 3
        assert "has simulated instruments, not live; use another OIW_HOME" in collector.stderr.read()
