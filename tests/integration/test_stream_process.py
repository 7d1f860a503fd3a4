"""The liquidation collector as a process: its landed rows after a stop, a kill and a restart."""

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import stream_support
from stream_support import bybit_message, gaps, landed, serving, until

LINEAR = "/bybit/v5/public/linear"
INVERSE = "/bybit/v5/public/inverse"
FIRST_MS = 1_767_225_600_000


@asynccontextmanager
async def process(venues, landing_dir, flush_seconds):
    """Start a collector process; yield it, once it has subscribed, and the socket of linear contracts."""
    collector = await asyncio.create_subprocess_exec(
        sys.executable, Path(stream_support.__file__), venues.base, landing_dir, str(flush_seconds),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(lambda: venues.sockets.get(INVERSE) and venues.sockets.get(LINEAR), seconds=60)
        yield collector, venues.sockets[LINEAR][-1]
    finally:
        if collector.returncode is None:
            collector.kill()
        await collector.wait()
        await until(lambda: not venues.sockets[LINEAR] and not venues.sockets[INVERSE])


async def send(socket, numbers):
    for number in numbers:
        await socket.send_str(bybit_message(FIRST_MS + number))


def numbers_landed(landing_dir):
    return [
        (row["stamped_at"] - datetime.fromisoformat("2026-01-01")) // timedelta(milliseconds=1)
        for row in landed(landing_dir, "liquidation_event")
    ]


def test_sigterm_loses_no_received_event(tmp_path):
    async def scenario():
        # The interval never ends, so all rows land because of the stop.
        async with serving() as venues, process(venues, tmp_path, flush_seconds=600) as (collector, socket):
            await send(socket, range(500))
            collector.send_signal(signal.SIGTERM)
            return await asyncio.wait_for(collector.wait(), 20)

    assert asyncio.run(scenario()) == 0
    assert sorted(numbers_landed(tmp_path)) == list(range(500))
    (row,) = landed(tmp_path, "stream_coverage")
    assert row["covered_from"] < row["stamped_at"]
    assert row["source_mode"] == "simulated"


def test_a_kill_loses_at_most_one_interval_and_the_gap_covers_it(tmp_path):
    async def scenario():
        flush_seconds = 0.2
        async with serving() as venues:
            async with process(venues, tmp_path, flush_seconds) as (collector, socket):
                await send(socket, range(100))
                # A gap begins at the end of landed coverage, so wait for the first coverage row.
                await until(lambda: len(numbers_landed(tmp_path)) == 100 and landed(tmp_path, "stream_coverage"))
                await send(socket, range(100, 200))
                collector.kill()
                await collector.wait()
            survived = numbers_landed(tmp_path)
            async with process(venues, tmp_path, flush_seconds) as (collector, socket):
                await send(socket, range(150, 300))
                await until(lambda: len(set(numbers_landed(tmp_path))) >= 250)
                collector.send_signal(signal.SIGTERM)
                await collector.wait()
            return survived

    survived = asyncio.run(scenario())
    assert set(range(100)) <= set(survived)
    ((gap_begins, gap_ends),) = gaps(tmp_path, "bybit")
    assert gap_ends - gap_begins > timedelta(0)
    rows = landed(tmp_path, "liquidation_event")
    lost = set(range(300)) - set(numbers_landed(tmp_path))
    assert lost <= set(range(100, 150))
    # Both processes received some of the events. They have the same event_id in both.
    assert len({row["event_id"] for row in rows}) == len(set(numbers_landed(tmp_path)))
