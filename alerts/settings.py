"""The section ``[alerts]`` of the settings file: sinks beside the webhooks, retries, and the age of the oldest alert.

What belongs here: keys, defaults, what is valid. What does not: URLs of webhooks (common/settings.py, from the
environment) and sending (alerts/delivery.py).
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
    """Where new signals are sent. Without a sink no signal is sent.

    ``log_file`` (relative to ``OIW_HOME``) gets one line of JSON for each signal. ``since`` (UTC where it names no
    zone): when a sink is used for the first time, it gets the signals from this instant on; without ``since`` it gets
    none that exist already. ``max_age_hours``: a signal further behind the newest open interest is never sent.
    ``timeout_seconds`` is of one request.
    """

    name: ClassVar[str] = "alerts"

    log_file: Path | None = None
    since: NaiveUtc | None = None
    max_age_hours: float = Field(default=24, gt=0)
    timeout_seconds: Seconds = 10
    retry: RetryPolicy = RetryPolicy()
