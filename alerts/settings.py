"""The section ``[alerts]`` of the settings file: the log file, retries, and the highest age of an alert.

What belongs here: keys, defaults and valid values. What does not: the URLs of webhooks, which come from the environment
(common/settings.py), and sending (alerts/delivery.py).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from common.retry import RetryPolicy
from common.settings import Seconds, Section


def _naive_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


NaiveUtc = Annotated[datetime, AfterValidator(_naive_utc)]


class AlertSettings(Section):
    """How new signals are sent. Without a sink no signal is sent.

    ``log_file`` (relative to ``OIW_HOME``) gets one line of JSON for each signal. ``since`` (UTC when it has no zone)
    counts when a sink is used for the first time: the sink gets the signals from this instant on. Without ``since`` it
    gets only signals that appear later. A signal more than ``max_age_hours`` behind the newest open interest is never
    sent. ``timeout_seconds`` limits one request.
    """

    name: ClassVar[str] = "alerts"

    log_file: Path | None = None
    since: NaiveUtc | None = None
    max_age_hours: float = Field(default=24, gt=0)
    timeout_seconds: Seconds = 10
    retry: RetryPolicy = RetryPolicy()
