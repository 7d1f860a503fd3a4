"""Send each new signal of the published ledger once to every configured sink.

What belongs here: the choice of new signals, their order, and retries. What does not: the message of a sink (sinks.py),
the time of a delivery (cli/live.py and orchestration/defs/alerts.py).

The outbox records a signal after the sink has accepted it. When the process dies between the two, the next delivery
sends the signal again. The receiver of a webhook recognises it by the same Idempotency-Key; the log sink finds it in
the last line of its file (docs/how_to/alerts.md).
"""

import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from alerts.outbox import Outbox, open_outbox
from alerts.settings import AlertSettings
from alerts.sinks import MessageRefusedError, Sink, open_sinks
from common.errors import OiwError, TransientError
from common.files import locked
from common.retry import wait_by
from common.settings import Settings
from warehouse.signals import Signal, recent_signals

# Dagster stops a sensor after 60 seconds, and `oiw live` must begin its next tick. The next delivery sends the signals
# for which no time was left.
_LONGEST_SECONDS = 40.0


@dataclass(frozen=True)
class SinkReport:
    """The result of a delivery to one sink: how many signals it accepted, and the failures.

    ``failures`` has one line for each refused message, and one for the error that ended the delivery.
    """

    sink: str
    delivered: int
    failures: tuple[str, ...]


def sent_alerts(reports: Iterable[SinkReport]) -> str:
    """Return how many alerts a delivery sent, as a text."""
    return f"alerts sent: {', '.join(f'{report.delivered} to {report.sink}' for report in reports)}"


def failed_alerts(reports: Iterable[SinkReport]) -> list[str]:
    """Return the failures of a delivery, one line each with the name of its sink."""
    return [f"{report.sink}: {failure}" for report in reports for failure in report.failures]


def deliver_alerts(settings: Settings, *, longest_seconds: float = _LONGEST_SECONDS) -> list[SinkReport]:
    """Send to each sink the signals that are new to it. The sinks run in parallel; a failing sink stops no other.

    One process at a time sends: the system frees the lock when a process dies. Raises WarehouseError when there is no
    published file, or when another process is sending alerts.
    """
    alerts = settings.section(AlertSettings)
    folder = settings.home / "alerts"
    with open_sinks(settings) as sinks:
        if not sinks:
            return []
        with locked(folder / ".lock", f"{folder}: another process is sending alerts now"):
            signals = recent_signals(settings.published_file, timedelta(hours=alerts.max_age_hours))
            ends_at = monotonic() + longest_seconds
            with ThreadPoolExecutor(max_workers=len(sinks)) as pool:
                return list(pool.map(lambda sink: _Delivery(settings, sink, ends_at).run(signals), sinks))


class _Delivery:
    """Sends the new signals to one sink until ``ends_at`` (monotonic clock, in seconds)."""

    def __init__(self, settings: Settings, sink: Sink, ends_at: float) -> None:
        self._alerts = settings.section(AlertSettings)
        self._outbox_file = settings.home / "alerts" / f"{sink.name}.sqlite"
        self._sink = sink
        self._ends_at = ends_at

    def run(self, signals: Sequence[Signal]) -> SinkReport:
        delivered, failures = 0, []
        try:
            with open_outbox(self._outbox_file) as outbox:
                for signal in self._new(signals, outbox):
                    if monotonic() >= self._ends_at:
                        break
                    try:
                        self._send(signal)
                    except MessageRefusedError as error:
                        outbox.settle(signal.signal_id, "refused")
                        failures.append(f"{signal.signal_id}: {error}")
                    else:
                        outbox.settle(signal.signal_id, "delivered")
                        delivered += 1
        except (OiwError, OSError, sqlite3.Error) as error:
            # The next signal would fail in the same way, so this delivery ends; the next one starts with this signal.
            failures.append(str(error))
        return SinkReport(self._sink.name, delivered, tuple(failures))

    def _new(self, signals: Sequence[Signal], outbox: Outbox) -> list[Signal]:
        if outbox.is_new:
            since = self._alerts.since
            outbox.begin(signal.signal_id for signal in signals if since is None or signal.event_at < since)
        settled = outbox.settled()
        return [signal for signal in signals if signal.signal_id not in settled]

    def _send(self, signal: Signal) -> None:
        retry = self._alerts.retry

        def is_last(state: RetryCallState) -> bool:
            return state.attempt_number >= retry.attempts or monotonic() + state.upcoming_sleep >= self._ends_at

        Retrying(retry=retry_if_exception_type(TransientError), stop=is_last, wait=wait_by(retry), reraise=True)(
            self._send_once, signal
        )

    def _send_once(self, signal: Signal) -> None:
        seconds_left = self._ends_at - monotonic()
        self._sink.send(signal, timeout_seconds=max(min(self._alerts.timeout_seconds, seconds_left), 0.1))
