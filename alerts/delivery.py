"""Tell every configured sink each new signal once: what of the published ledger is new to it, sent, then remembered.

What belongs here: order, retry, and what counts as told. What does not: what a sink sends (sinks.py), when this runs
(orchestration/defs/alerts.py).

A signal is remembered after the sink has taken it. A process that dies between the two sends it again the next time, to
a webhook under the same Idempotency-Key; the log file notices (docs/how_to/alerts.md).
"""

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from alerts.outbox import Outbox, open_outbox
from alerts.settings import AlertSettings
from alerts.sinks import MessageRefusedError, NotNowError, Sink, open_sinks
from common.errors import OiwError, TransientError, WarehouseError
from common.settings import Settings
from warehouse.signals import Signal, recent_signals

# Dagster gives a sensor up after 60 seconds; what is left is told the next time.
_LONGEST_SECONDS = 40.0


@dataclass(frozen=True)
class SinkReport:
    """What a sink was told: ``failures`` is a line for each message that it refused, and for what ended it early."""

    sink: str
    delivered: int
    failures: tuple[str, ...]


def deliver_alerts(settings: Settings, *, longest_seconds: float = _LONGEST_SECONDS) -> list[SinkReport]:
    """Tell every sink what is new to it, all at the same time, and return what became of it; no sink stops another.

    Raises WarehouseError when there is nothing to read signals from, or another process is telling them.
    """
    with _exclusive(settings), open_sinks(settings) as sinks:
        if not sinks:
            return []
        signals = recent_signals(settings.published_file, timedelta(hours=settings.alerts.max_age_hours))
        ends_at = monotonic() + longest_seconds
        with ThreadPoolExecutor(max_workers=len(sinks)) as pool:
            return list(pool.map(lambda sink: _Delivery(settings, sink, ends_at).run(signals), sinks))


class _Delivery:
    """What is new, to one sink, until ``ends_at`` (of the monotonic clock)."""

    def __init__(self, settings: Settings, sink: Sink, ends_at: float) -> None:
        self._alerts: AlertSettings = settings.alerts
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
        except (OiwError, sqlite3.Error) as error:
            # The next signal would meet the same: it waits for the next time, in its order.
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
        backoff = wait_random_exponential(multiplier=retry.first_wait_seconds, max=retry.longest_wait_seconds)

        def wait_seconds(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after_seconds if isinstance(error, NotNowError) else None
            return max(backoff(state), asked or 0.0)

        def is_last(state: RetryCallState) -> bool:
            return state.attempt_number >= retry.attempts or monotonic() + state.upcoming_sleep >= self._ends_at

        Retrying(retry=retry_if_exception_type(TransientError), stop=is_last, wait=wait_seconds, reraise=True)(
            self._send_once, signal
        )

    def _send_once(self, signal: Signal) -> None:
        seconds_left = self._ends_at - monotonic()
        self._sink.send(signal, timeout_seconds=max(min(self._alerts.timeout_seconds, seconds_left), 0.1))


@contextmanager
def _exclusive(settings: Settings) -> Iterator[None]:
    """Hold the lock of telling; the system drops it when the process dies. Raises WarehouseError when it is held."""
    folder = settings.home / "alerts"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(f"{folder}: alerts are being told already; nothing to do") from error
        yield
