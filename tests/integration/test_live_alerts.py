"""Alerts of `oiw live` as a process: real ticks publish signals of the ledger, and a webhook receives each once."""

import json
import re
import threading
from datetime import timedelta

import duckdb
import pytest
from alerts_support import Webhook
from dagster import DagsterInstance, build_sensor_context
from oiw_process import followed_exchange, running

from common.clock import utc_now
from orchestration.defs.alerts import alerts_sensor
from orchestration.lib.resources import SettingsResource

pytestmark = pytest.mark.xdist_group("live_alerts")

_ABOUT_ALERTS = re.compile("alerts sent|alert to")
SETTINGS = "[alerts]\nlog_file = 'alerts.jsonl'\nsince = 2026-01-01T00:00:00Z\n"


@pytest.fixture
def exchange(tmp_path):
    with followed_exchange(tmp_path, SETTINGS) as scene:
        yield scene


def add_to_ledger(home, signal_id):
    """Add a signal of the current hour to the ledger in the build file. The next tick publishes it."""
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    row = {
        "signal_id": signal_id, "source": "exchanges", "asset": "BTC", "timeframe": "1h", "signal": "velocity_extreme",
        "event_at": hour, "direction": "volatility", "strength": 2.5, "evidence": '{"velocity_zscore": 2.5}',
        "parameters_version": 1, "recorded_at": hour + timedelta(minutes=1), "is_late": False,
    }  # fmt: skip
    with duckdb.connect(str(home / "build" / "oi_build.duckdb")) as con:
        con.execute(
            f"insert into marts.fct_signal ({', '.join(row)}) values ({', '.join('?' * len(row))})", [*row.values()]
        )


def run_live(home, exchange, environment, **options):
    """Run a tick of `oiw live`; return the exit code, the lines about alerts in the output, and those on stderr."""
    exchange.now = utc_now()
    with running(home, "live", "--ticks", "1", environment=environment, **options) as command:
        exit_code = command.process.wait(500)
        said = (command.output(), command.errors())
        return exit_code, *([line for line in text.splitlines() if _ABOUT_ALERTS.search(line)] for text in said)


def published_signals(home):
    with duckdb.connect(str(home / "published" / "oi.duckdb"), read_only=True) as con:
        return [signal_id for (signal_id,) in con.execute("select signal_id from marts.fct_signal").fetchall()]


def logged(home):
    path = home / "alerts.jsonl"
    return [json.loads(line)["signal_id"] for line in path.read_text().splitlines()] if path.exists() else []


def test_live_sends_an_alert_once_also_after_a_kill_and_beside_the_sensor(tmp_path, exchange, monkeypatch):
    home = tmp_path
    with Webhook() as webhook:
        environment = {"OIW_ALERTS_WEBHOOK_URL": webhook.url + "/generic"}
        assert run_live(home, exchange, environment) == (0, [], [])
        assert webhook.keys["/generic"] == logged(home) == []

        # Killed between the publication and the delivery.
        add_to_ledger(home, "a")
        exit_code, _, _ = run_live(home, exchange, environment, kill_at_open="alerts/.lock")
        assert exit_code == -9
        assert published_signals(home) == ["a"]
        assert webhook.keys["/generic"] == logged(home) == []

        # The next tick sends it, while the sensor is evaluated again and again on the same home.
        add_to_ledger(home, "b")
        monkeypatch.setenv("OIW_HOME", str(home))
        monkeypatch.setenv("OIW_ALERTS_WEBHOOK_URL", webhook.url + "/generic")
        stop, evaluations = threading.Event(), []

        def evaluate_again():
            while not stop.wait(0.5):
                with DagsterInstance.ephemeral() as instance:
                    context = build_sensor_context(instance=instance, resources={"settings": SettingsResource()})
                    evaluations.append(alerts_sensor(context).skip_message)

        sensor = threading.Thread(target=evaluate_again)
        sensor.start()
        try:
            exit_code, _, _ = run_live(home, exchange, environment)
        finally:
            stop.set()
            sensor.join()
        assert exit_code == 0
        assert len(evaluations) > 1, "the sensor was at work"
        assert webhook.keys["/generic"] == logged(home) == ["a", "b"]
