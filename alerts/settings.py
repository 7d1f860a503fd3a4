"""The section ``[alerts]`` of the settings file: sinks beside the webhooks, how patiently, and how old is too old.

What belongs here: keys, defaults, what is valid. What does not: URLs of webhooks (common/settings.py, from the
environment) and sending (alerts/delivery.py).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ingestion.live.settings import RetrySettings, Seconds


def _naive_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


NaiveUtc = Annotated[datetime, AfterValidator(_naive_utc)]


class AlertSettings(BaseModel):
    """Where new signals are told. Every key has a default; without a sink nothing is told.

    ``log_file`` (relative to ``OIW_HOME``) takes a line of JSON a signal. ``since`` (UTC where it names no zone): what
    the sensor finds when it first looks is told from this instant on; without it, all of that counts as known.
    ``max_age_hours``: a signal that lies further behind the newest open interest is history, and is never told.
    ``timeout_seconds`` is of one request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    log_file: Path | None = None
    since: NaiveUtc | None = None
    max_age_hours: float = Field(default=24, gt=0)
    timeout_seconds: Seconds = 10
    retry: RetrySettings = RetrySettings()
