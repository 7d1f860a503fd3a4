"""The sinks of alerts: a log file, a webhook that takes JSON, and a webhook that takes Slack's format.

What belongs here: the message of each sink, and the meaning of the response. What does not: the choice of signals and
the retries (delivery.py). The URL of a webhook is a secret, so no error shows it.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from alerts.settings import AlertSettings
from common.errors import InputError, OiwError, TransientError
from common.retry import is_transient_status, parse_retry_after
from common.settings import Settings
from warehouse.signals import Signal

# With these statuses a receiver refuses one message. Any other error status means a wrong URL.
_MESSAGE_REFUSED = frozenset({400, 413, 415, 422})


class MessageRefusedError(OiwError):
    """The receiver will never accept this message; it may accept the next one."""


class Sink(Protocol):
    """A receiver of alerts. It takes one alert at a time; ``name`` is also the name of its outbox."""

    name: str

    def send(self, signal: Signal, timeout_seconds: float) -> None:
        """Return when the sink has accepted the alert.

        Raises TransientError when a retry may succeed, MessageRefusedError when the sink refuses this message, and
        InputError when the settings of the sink are wrong.
        """


class LogSink:
    """Appends a line of JSON to ``path``."""

    name = "log"

    def __init__(self, path: Path) -> None:
        """Write nothing yet."""
        self._path = path

    def send(self, signal: Signal, timeout_seconds: float) -> None:  # noqa: ARG002  # a write has no timeout
        """Append the line, unless it is already the last one.

        If a process was killed between the write and the entry in the outbox, the line is there already.
        """
        line = json.dumps(payload(signal)).encode() + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as log:
                log.seek(max(log.seek(0, os.SEEK_END) - len(line), 0))
                tail = log.read()
                if tail == line:
                    return
                # After a line that a full disk has cut off, the new line starts on its own.
                log.write(line if not tail or tail.endswith(b"\n") else b"\n" + line)
                log.flush()
                os.fsync(log.fileno())
        except OSError as error:
            raise InputError(f"{self._path} cannot be written ({error.strerror}); correct alerts.log_file") from error


class WebhookSink:
    """POSTs JSON. The ``Idempotency-Key`` is the signal's id, so a receiver recognises a repeated message."""

    name = "webhook"
    variable = "OIW_ALERTS_WEBHOOK_URL"

    def __init__(self, client: httpx.Client, url: SecretStr) -> None:
        """Send nothing yet."""
        self._client = client
        self._url = url

    def message(self, signal: Signal) -> dict[str, Any]:
        """Return the JSON body of the request."""
        return payload(signal)

    def send(self, signal: Signal, timeout_seconds: float) -> None:
        """Send the message. Any 2xx response accepts it; its body does not count."""
        try:
            with self._client.stream(
                "POST",
                self._url.get_secret_value().strip(),
                json=self.message(signal),
                headers={"Idempotency-Key": signal.signal_id},
                timeout=timeout_seconds,
            ) as response:
                self._judge(response)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise InputError(f"{self.variable} is not a URL; write it as https://host/path") from error
        except httpx.RequestError as error:
            raise TransientError(f"no response ({type(error).__name__})") from error

    def _judge(self, response: httpx.Response) -> None:
        status = response.status_code
        if response.is_success:
            return
        if is_transient_status(status):
            raise TransientError(f"responded {status}", parse_retry_after(response.headers.get("Retry-After")))
        if status in _MESSAGE_REFUSED:
            raise MessageRefusedError(f"refused the message ({status})")
        raise InputError(f"responded {status}; correct {self.variable}")


class SlackSink(WebhookSink):
    """POSTs a text in the format of Slack's incoming webhooks."""

    name = "slack"
    variable = "OIW_ALERTS_SLACK_URL"

    def message(self, signal: Signal) -> dict[str, Any]:
        """Return the text, with the characters of Slack's markup escaped."""
        text = _text(signal)
        for character, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(character, escape)
        return {"text": text}


@contextmanager
def open_sinks(settings: Settings) -> Iterator[list[Sink]]:
    """Yield the configured sinks."""
    # httpx logs every requested URL at level INFO, and the URLs are secrets.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    with httpx.Client() as client:
        sinks: list[Sink] = []
        log_file = settings.section(AlertSettings).log_file
        if log_file:
            sinks.append(LogSink(settings.home / log_file))
        if settings.alerts_webhook_url:
            sinks.append(WebhookSink(client, settings.alerts_webhook_url))
        if settings.alerts_slack_url:
            sinks.append(SlackSink(client, settings.alerts_slack_url))
        yield sinks


def payload(signal: Signal) -> dict[str, Any]:
    """Return the signal as JSON values: its row, its age when it was found, and whether the market is simulated."""
    fields = {name: _utc(value) if isinstance(value, datetime) else value for name, value in asdict(signal).items()}
    del fields["source_modes"]
    return {**fields, "age_minutes": signal.age_minutes, "is_simulated": signal.is_simulated}


def _text(signal: Signal) -> str:
    market = signal.asset if signal.venue is None else f"{signal.asset} on {signal.venue}"
    parts = [
        f"{market}: {signal.signal} ({signal.direction})",
        f"{signal.timeframe} bar of {signal.event_at:%Y-%m-%d %H:%M} UTC, source {signal.source}",
        f"found {signal.age_minutes} min after the bar",
    ]
    if signal.strength is not None:
        parts.append(f"strength {signal.strength:.4g}")
    if signal.stop_price_usd is not None:
        parts.append(f"stop {signal.stop_price_usd:,.8g} USD")
    if signal.escalates is not None:
        parts.append(f"escalates {signal.escalates}")
    simulated = "[simulated] " if signal.is_simulated else ""
    return f"{simulated}{'; '.join(parts)} [{signal.signal_id}]"


def _utc(instant: datetime) -> str:
    return f"{instant.isoformat()}Z"
