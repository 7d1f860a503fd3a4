"""Ctrl-C and SIGTERM while `oiw live` and `oiw run` work, sent to all their processes as a terminal does."""

import signal
import time

import pytest
from oiw_process import followed_exchange, publication, running

from common.clock import utc_now

pytestmark = pytest.mark.xdist_group("live_stop")

STOPPING = "stopping after the current tick; press Ctrl-C again to stop at once"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home that follows ``exchange``. The tests run in order, each on what the one before left."""
    return tmp_path_factory.mktemp("live_stop")


@pytest.fixture(scope="module", autouse=True)
def exchange(home):
    with followed_exchange(home) as scene:
        yield scene


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_in_a_tick_ends_the_process_at_once(home, number):
    with running(home, "live", "--every", "1s") as command:
        command.read_until("done  ")
        command.signal(number)
        while STOPPING not in command.errors():
            time.sleep(0.01)
        command.signal(number)
        sent_at = time.monotonic()
        assert command.process.wait(10) == -number
        assert time.monotonic() - sent_at < 2
    assert publication(home) is None
    assert "Traceback" not in command.errors()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_ends_at_once(home, number):
    with running(home, "run") as command:
        command.read_until("done  ")
        command.signal(number)
        sent_at = time.monotonic()
        assert command.process.wait(10) == -number
        assert time.monotonic() - sent_at < 2
    assert publication(home) is None
    assert "Traceback" not in command.errors()


@pytest.mark.parametrize(("number", "step"), [(signal.SIGINT, "deribit: ok"), (signal.SIGTERM, "done  build")])
def test_a_signal_in_a_tick_ends_the_process_after_the_tick(home, exchange, number, step):
    before = publication(home)
    exchange.now = utc_now()
    with running(home, "live", "--every", "1s") as command:
        command.read_until(step)
        command.signal(number)
        assert command.process.wait(300) == 0
        lines = command.output().splitlines()
    assert [line for line in lines if line.startswith("run ")] == [lines[-1]], "exactly one tick"
    assert lines[-1].endswith("/published/oi.duckdb"), "the tick was completed"
    assert STOPPING in command.errors()
    assert not [line for line in command.errors().splitlines() if line.startswith(("error", "Traceback"))]
    assert publication(home) != before


def test_a_signal_between_two_ticks_ends_the_process_at_once(home):
    with running(home, "live", "--every", "1h") as command:
        command.read_until("run ")
        time.sleep(0.5)
        command.signal(signal.SIGTERM)
        assert command.process.wait(10) == 0
    assert STOPPING in command.errors()
    assert not [line for line in command.errors().splitlines() if line.startswith(("error", "Traceback"))]
