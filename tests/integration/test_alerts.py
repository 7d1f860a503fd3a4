"""Alerts over real HTTP on the loopback address: each sink receives each signal once, whatever fails in between.

The last tests send alerts from the loop of `oiw live`, with a tick that only publishes; test_live_alerts.py has whole
processes.
"""

import fcntl
import json
import logging
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from alerts_support import AS_OF, Webhook, publish_signals
from dagster import DagsterInstance, SkipReason, build_sensor_context
from pydantic import SecretStr

from alerts.delivery import SinkReport, deliver_alerts
from alerts.settings import AlertSettings
from cli import live
from common.errors import CheckError, WarehouseError
from common.retry import RetryPolicy
from common.settings import PROJECT_ROOT, Settings
from orchestration.defs.alerts import alerts_sensor
from orchestration.lib.resources import fixed_settings

SLACK_PATH = "/services/the-secret"
AT_ONCE = RetryPolicy(attempts=3, first_wait_seconds=0.001, longest_wait_seconds=0.001)


@pytest.fixture
def webhook():
    with Webhook() as server:
        yield server


@pytest.fixture
def settings(tmp_path, webhook) -> Settings:
    """All three sinks. Alerts include the signals of the first evaluation."""
    return Settings(
        home=tmp_path / "home",
        alerts_webhook_url=SecretStr(webhook.url + "/generic"),
        alerts_slack_url=SecretStr(webhook.url + SLACK_PATH),
        sections=(AlertSettings(log_file=Path("alerts.jsonl"), since=AS_OF - timedelta(days=1), retry=AT_ONCE),),
    )


def _alerts(settings, **changes):
    return settings.with_section(settings.section(AlertSettings).model_copy(update=changes))


def _logged(settings):
    path = settings.home / "alerts.jsonl"
    return [json.loads(line)["signal_id"] for line in path.read_text().splitlines()] if path.exists() else []


def _sent(webhook):
    return [message["signal_id"] for message in webhook.received["/generic"]]


def _report(reports, sink):
    (report,) = [report for report in reports if report.sink == sink]
    return report


def test_every_sink_receives_each_signal_once(settings, webhook):
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"})
    assert deliver_alerts(settings) == [SinkReport(sink, 2, ()) for sink in ("log", "webhook", "slack")]
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"}, {"signal_id": "c"})
    assert [report.delivered for report in deliver_alerts(settings)] == [1, 1, 1]
    assert [report.delivered for report in deliver_alerts(settings)] == [0, 0, 0]
    assert _logged(settings) == _sent(webhook) == ["a", "b", "c"]
    assert webhook.keys["/generic"] == webhook.keys[SLACK_PATH] == ["a", "b", "c"]


def test_the_content_of_a_message(settings, webhook):
    signal = {"signal_id": "a", "venue": "bybit", "direction": "long", "stop_price_usd": 57_000.5, "asset": "<B&T>"}
    signal["escalates"] = "before"
    publish_signals(settings, signal, source_modes="simulated")
    deliver_alerts(settings)
    expected = {
        "signal_id": "a",
        "source": "exchanges",
        "asset": "<B&T>",
        "venue": "bybit",
        "timeframe": "1h",
        "signal": "velocity_extreme",
        "event_at": "2025-07-01T12:00:00Z",
        "direction": "long",
        "strength": 2.5,
        "stop_price_usd": 57_000.5,
        "evidence": {"velocity_zscore": 2.5},
        "parameters_version": 2,
        "escalates": "before",
        "recorded_at": "2025-07-01T12:07:30Z",
        "age_minutes": 7,
        "is_simulated": True,
    }
    assert webhook.received["/generic"] == [expected]
    assert json.loads((settings.home / "alerts.jsonl").read_text()) == expected
    assert webhook.received[SLACK_PATH] == [
        {
            "text": "[simulated] &lt;B&amp;T&gt; on bybit: velocity_extreme (long); 1h bar of 2025-07-01 12:00 UTC, "
            "source exchanges; found 7 min after the bar; strength 2.5; stop 57,000.5 USD; escalates before [a]"
        }
    ]


def test_an_alert_says_how_old_the_signal_is_and_a_late_one_is_not_sent(settings, webhook):
    publish_signals(
        settings,
        {"signal_id": "at once", "recorded_at": AS_OF + timedelta(seconds=59)},
        {"signal_id": "one tick later", "recorded_at": AS_OF + timedelta(minutes=7, seconds=30)},
        {"signal_id": "late", "recorded_at": AS_OF + timedelta(hours=1), "is_late": True},
        {"signal_id": "outage", "recorded_at": AS_OF + timedelta(hours=2)},
    )
    deliver_alerts(settings)
    ages = {message["signal_id"]: message["age_minutes"] for message in webhook.received["/generic"]}
    assert ages == {"at once": 0, "one tick later": 7, "outage": 120}
    texts = " ".join(message["text"] for message in webhook.received[SLACK_PATH])
    assert [f"found {minutes} min after the bar" in texts for minutes in (0, 7, 60, 120)] == [True, True, False, True]


def test_only_new_signals_are_sent(settings):
    publish_signals(
        settings,
        {"signal_id": "late", "is_late": True},
        {"signal_id": "a day old", "event_at": AS_OF - timedelta(hours=24)},
        {"signal_id": "second", "event_at": AS_OF},
        {"signal_id": "first", "event_at": AS_OF - timedelta(hours=24) + timedelta(microseconds=1)},
    )
    deliver_alerts(settings)
    assert _logged(settings) == ["first", "second"]


def test_the_first_evaluation_sends_no_existing_signal(settings, webhook):
    settings = _alerts(settings, since=None)
    publish_signals(settings, {"signal_id": "a"})
    assert [report.delivered for report in deliver_alerts(settings)] == [0, 0, 0]
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"})
    deliver_alerts(settings)
    assert _logged(settings) == _sent(webhook) == ["b"]


def test_a_first_evaluation_without_signals_counts_as_the_first(settings):
    settings = _alerts(settings, since=None)
    publish_signals(settings)
    deliver_alerts(settings)
    publish_signals(settings, {"signal_id": "a"})
    deliver_alerts(settings)
    assert _logged(settings) == ["a"]


def test_since_sets_the_start_of_the_first_evaluation(settings):
    settings = _alerts(settings, since=AS_OF - timedelta(hours=1))
    hours_ago = [{"signal_id": f"{hours} h", "event_at": AS_OF - timedelta(hours=hours)} for hours in (2, 1, 0)]
    publish_signals(settings, *hours_ago)
    deliver_alerts(settings)
    assert _logged(settings) == ["1 h", "0 h"]


def test_a_sink_that_is_added_later_has_its_own_first_evaluation(settings):
    without = _alerts(settings, since=None).model_copy(update={"alerts_slack_url": None})
    publish_signals(settings)
    assert [report.sink for report in deliver_alerts(without)] == ["log", "webhook"]
    publish_signals(settings, {"signal_id": "a"})
    reports = deliver_alerts(_alerts(settings, since=None))
    assert [report.delivered for report in reports] == [1, 1, 0]


@pytest.mark.parametrize("status", [500, 503, 408, 429])
def test_a_transient_error_is_retried(settings, webhook, status):
    webhook.responses["/generic"] = [(status, {}), (status, {})]
    publish_signals(settings, {"signal_id": "a"})
    assert _report(deliver_alerts(settings), "webhook") == SinkReport("webhook", 1, ())
    assert webhook.keys["/generic"] == ["a", "a", "a"]
    deliver_alerts(settings)
    assert len(webhook.keys["/generic"]) == 3


def test_a_lasting_error_is_retried_in_the_next_evaluation_in_order(settings, webhook):
    webhook.responses["/generic"] = [(500, {})] * 3
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"})
    reports = deliver_alerts(settings)
    assert _report(reports, "webhook") == SinkReport("webhook", 0, ("responded 500",))
    assert _report(reports, "slack").delivered == _report(reports, "log").delivered == 2
    assert _report(deliver_alerts(settings), "webhook").delivered == 2
    assert _sent(webhook) == ["a", "a", "a", "a", "b"]
    assert len(webhook.received[SLACK_PATH]) == 2


def test_retry_after_is_obeyed(settings, webhook):
    webhook.responses["/generic"] = [(429, {"Retry-After": "30"})]
    publish_signals(settings, {"signal_id": "a"})
    # Less than half a minute is left, so the signal waits for the next evaluation.
    reports = deliver_alerts(settings, longest_seconds=5)
    assert _report(reports, "webhook").failures == ("responded 429",)
    assert _sent(webhook) == ["a"]
    assert _report(deliver_alerts(settings), "webhook").delivered == 1


@pytest.mark.parametrize("status", [301, 401, 403, 404, 410])
def test_a_wrong_url_is_reported_and_loses_nothing(settings, webhook, status):
    webhook.responses["/generic"] = [(status, {"Location": webhook.url + "/elsewhere"})]
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"})
    failures = _report(deliver_alerts(settings), "webhook").failures
    assert failures == (f"responded {status}; correct OIW_ALERTS_WEBHOOK_URL",)
    assert _sent(webhook) == ["a"]
    assert "/elsewhere" not in webhook.received
    assert _report(deliver_alerts(settings), "webhook").delivered == 2


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_rejected_message_is_reported_once_and_stops_no_other(settings, webhook, status):
    webhook.responses["/generic"] = [(status, {})]
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"})
    report = _report(deliver_alerts(settings), "webhook")
    assert report == SinkReport("webhook", 1, (f"a: refused the message ({status})",))
    assert _report(deliver_alerts(settings), "webhook") == SinkReport("webhook", 0, ())
    assert _sent(webhook) == ["a", "b"]


@pytest.mark.parametrize("url", ["ftp://host/x", "not a url", "http://", "https://ho\nst/x"])
def test_an_invalid_url_is_reported_without_the_url(settings, url):
    publish_signals(settings, {"signal_id": "a"})
    reports = deliver_alerts(settings.model_copy(update={"alerts_slack_url": SecretStr(url)}))
    assert _report(reports, "slack").failures == ("OIW_ALERTS_SLACK_URL is not a URL; write it as https://host/path",)
    assert _report(reports, "webhook").delivered == 1


def test_a_sink_that_is_down_stops_no_other(settings, webhook):
    with Webhook() as gone:
        url = SecretStr(gone.url + SLACK_PATH)
    publish_signals(settings, {"signal_id": "a"})
    reports = deliver_alerts(settings.model_copy(update={"alerts_slack_url": url}))
    assert _report(reports, "slack") == SinkReport("slack", 0, ("no response (ConnectError)",))
    assert _logged(settings) == _sent(webhook) == ["a"]


def test_a_log_file_that_cannot_be_written_stops_no_other(settings, webhook):
    (settings.home / "alerts.jsonl").mkdir(parents=True)
    publish_signals(settings, {"signal_id": "a"})
    reports = deliver_alerts(settings)
    assert _report(reports, "log").failures == (
        f"{settings.home / 'alerts.jsonl'} cannot be written (Is a directory); correct alerts.log_file",
    )
    assert _sent(webhook) == ["a"]


def test_an_incomplete_line_of_the_log_stays_a_line_of_its_own(settings):
    settings.home.mkdir()
    (settings.home / "alerts.jsonl").write_text('{"signal_id": "cut o')
    publish_signals(settings, {"signal_id": "a"})
    deliver_alerts(settings)
    cut_off, whole = (settings.home / "alerts.jsonl").read_text().splitlines()
    assert (cut_off, json.loads(whole)["signal_id"]) == ('{"signal_id": "cut o', "a")


def test_killed_before_it_records_a_signal_it_sends_it_again_with_the_same_key(settings, webhook):
    publish_signals(settings, {"signal_id": "a"}, {"signal_id": "b"})
    script = (
        "import os, signal, sys, threading\n"
        "from orchestration.lib.settings import load_settings\n"
        "from alerts import delivery\n"
        "every_sink_has_sent = threading.Barrier(3, action=lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "delivery.Outbox.settle = lambda *_: every_sink_has_sent.wait()\n"
        "delivery.deliver_alerts(load_settings())\n"
    )
    settings_file = settings.home / "oiw.toml"
    settings_file.write_text("[alerts]\nlog_file = 'alerts.jsonl'\nsince = 2025-06-30T12:00:00Z\n")
    environment = {
        "OIW_HOME": str(settings.home),
        "OIW_ALERTS_WEBHOOK_URL": settings.alerts_webhook_url.get_secret_value(),
        "OIW_ALERTS_SLACK_URL": settings.alerts_slack_url.get_secret_value(),
    }
    killed = subprocess.run([sys.executable, "-c", script], env=environment, cwd=PROJECT_ROOT, check=False)
    assert killed.returncode == -9
    assert _logged(settings) == _sent(webhook) == ["a"]
    assert [report.delivered for report in deliver_alerts(settings)] == [2, 2, 2]
    assert _logged(settings) == ["a", "b"]
    assert webhook.keys["/generic"] == webhook.keys[SLACK_PATH] == ["a", "a", "b"]


def test_two_processes_never_send_at_the_same_time(settings, webhook):
    publish_signals(settings, {"signal_id": "a"})
    (settings.home / "alerts").mkdir()
    with (settings.home / "alerts" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WarehouseError, match="another process is sending alerts"):
            deliver_alerts(settings)
    assert _sent(webhook) == []
    assert _report(deliver_alerts(settings), "webhook").delivered == 1


def test_signals_after_the_time_limit_wait_for_the_next_evaluation(settings):
    publish_signals(settings, {"signal_id": "a"})
    assert [report.delivered for report in deliver_alerts(settings, longest_seconds=0)] == [0, 0, 0]
    assert [report.delivered for report in deliver_alerts(settings)] == [1, 1, 1]


def test_no_log_and_no_failure_contains_the_url(settings, webhook, caplog):
    caplog.set_level(logging.DEBUG)
    webhook.responses[SLACK_PATH] = [(500, {})] * 3
    publish_signals(settings, {"signal_id": "a"})
    said = [str(deliver_alerts(settings)), str(deliver_alerts(settings)), caplog.text]
    assert "responded 500" in said[0]
    assert not [text for text in said if "the-secret" in text]


# -- the sensor


def _evaluate(settings):
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance=instance, resources={"settings": fixed_settings(settings)})
        return alerts_sensor(context)


def test_the_sensor_reports_the_sent_signals(settings, webhook):
    publish_signals(settings, {"signal_id": "a"})
    assert _evaluate(settings) == SkipReason("alerts sent: 1 to log, 1 to webhook, 1 to slack")
    assert _evaluate(settings) == SkipReason("alerts sent: 0 to log, 0 to webhook, 0 to slack")
    assert _sent(webhook) == ["a"]


def test_an_evaluation_in_which_a_sink_failed_fails(settings, webhook):
    webhook.responses[SLACK_PATH] = [(404, {})]
    publish_signals(settings, {"signal_id": "a"})
    with pytest.raises(Exception, match=r"responded 404; correct OIW_ALERTS_SLACK_URL \(alerts sent: 1 to log, "):
        _evaluate(settings)


def test_the_sensor_needs_no_sink_and_nothing_published(settings, tmp_path):
    assert _evaluate(Settings(home=tmp_path / "other")) == SkipReason("no sink is configured")
    assert "nothing has been published yet" in _evaluate(settings).skip_message


# -- oiw live


@pytest.fixture
def run_live(settings, monkeypatch):
    """Run ticks as `oiw live` does, with a function that receives the number of the tick in place of each tick."""

    def run(ticks, tick):
        done = iter(range(1, ticks + 1))
        monkeypatch.setattr(live, "run_and_report", lambda *_args, **_options: tick(next(done)))
        live._run_ticks(settings, threading.Event(), ticks=ticks, every_seconds=0)

    return run


def test_live_sends_each_signal_once_after_the_tick_that_publishes_it(settings, webhook, run_live, capsys):
    sent_before = []

    def tick(number):
        sent_before.append(_sent(webhook))
        publish_signals(settings, *({"signal_id": f"tick {earlier}"} for earlier in range(1, number + 1)))

    run_live(3, tick)
    assert sent_before == [[], ["tick 1"], ["tick 1", "tick 2"]]
    assert _logged(settings) == _sent(webhook) == ["tick 1", "tick 2", "tick 3"]
    said = capsys.readouterr()
    assert said.out == "alerts sent: 1 to log, 1 to webhook, 1 to slack\n" * 3
    assert said.err == ""


def test_live_says_that_a_sink_failed_and_goes_on(settings, webhook, run_live, capsys):
    webhook.responses["/generic"] = [(404, {}), (500, {}), (500, {}), (500, {}), (200, {})]
    publish_signals(settings, {"signal_id": "a"})
    run_live(3, lambda _number: None)
    assert _sent(webhook) == ["a"] * 5
    assert webhook.keys[SLACK_PATH] == ["a"]
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "error: alert to webhook: responded 404; correct OIW_ALERTS_WEBHOOK_URL",
        "error: alert to webhook: responded 500",
    ]
    assert said.out.splitlines() == [
        "alerts sent: 1 to log, 0 to webhook, 1 to slack",
        "alerts sent: 0 to log, 1 to webhook, 0 to slack",
    ]


def test_live_sends_waiting_signals_also_after_a_failed_tick(settings, webhook, run_live):
    def fail(_number):
        raise CheckError("a check failed")

    publish_signals(settings, {"signal_id": "a"})
    with pytest.raises(CheckError):
        run_live(1, fail)
    assert _sent(webhook) == ["a"]


def test_live_goes_on_where_nothing_is_published_or_the_outbox_cannot_be_written(settings, webhook, run_live, capsys):
    run_live(1, lambda _number: None)
    published_file = settings.published_file
    reason = f"{published_file} does not exist: nothing has been published yet; run `oiw run`"
    assert capsys.readouterr().err == f"no alerts sent: {reason}\n"
    publish_signals(settings, {"signal_id": "a"})
    (settings.home / "alerts" / "log.sqlite").mkdir(parents=True)
    run_live(1, lambda _number: None)
    assert capsys.readouterr().err == "error: alert to log: unable to open database file\n"
    assert _sent(webhook) == ["a"]
    (settings.home / "alerts" / ".lock").unlink()
    (settings.home / "alerts" / ".lock").mkdir()
    run_live(1, lambda _number: None)
    assert "no alerts sent: [Errno 21] Is a directory" in capsys.readouterr().err


def test_live_without_a_sink_leaves_no_trace(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(live, "run_and_report", lambda *_args, **_options: None)
    live._run_ticks(Settings(home=tmp_path / "home"), threading.Event(), ticks=1, every_seconds=0)
    assert capsys.readouterr() == ("", "")
    assert not (tmp_path / "home").exists()


def test_live_and_the_sensor_send_no_alert_twice(settings, webhook, run_live):
    """The sensor is evaluated all the time while `oiw live` runs ticks. Each waits until the other has sent."""
    stop, reasons = threading.Event(), []

    def evaluate_again():
        while not stop.is_set():
            reasons.append(_evaluate(settings).skip_message)

    def publish(number):
        publish_signals(settings, *({"signal_id": f"{earlier:02}"} for earlier in range(1, number + 1)))

    publish(1)
    sensor = threading.Thread(target=evaluate_again)
    sensor.start()
    try:
        run_live(20, publish)
    finally:
        stop.set()
        sensor.join()
    deliver_alerts(settings)
    everything = [f"{number:02}" for number in range(1, 21)]
    assert _logged(settings) == _sent(webhook) == webhook.keys[SLACK_PATH] == everything
    assert len(reasons) > 1, "the sensor was at work"
