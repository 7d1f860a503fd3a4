"""The section ``[live]`` of the settings file: which assets and venues are followed, and how patiently.

What belongs here: keys, defaults, what is valid. What does not: reading the file (common/settings.py). Imports no
exchange client, so that commands which fetch nothing start at once.
"""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from common.errors import InputError
from ingestion.venues.catalogue import VENUE_OF_API

VENUES = tuple(dict.fromkeys(VENUE_OF_API.values()))
# What else is asked over HTTP, and so may have a base URL of its own.
VENDORS = ("coingecko", "coinglass", "coinalyze")


def _known_venue(venue: str) -> str:
    if venue not in VENUES:
        raise ValueError(f"unknown venue {venue!r}; choose from {', '.join(VENUES)}")
    return venue


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is no base URL; write it as http://host:port/path")
    return url.rstrip("/")


def _known_api(api_id: str) -> str:
    if api_id not in VENUE_OF_API and api_id not in VENDORS:
        raise ValueError(f"unknown API {api_id!r}; choose from {', '.join((*VENUE_OF_API, *VENDORS))}")
    return api_id


Venue = Annotated[str, AfterValidator(_known_venue)]
Asset = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,20}$")]
BaseUrl = Annotated[str, AfterValidator(_http_url)]
ApiId = Annotated[str, AfterValidator(_known_api)]
Seconds = Annotated[float, Field(gt=0)]


class RetrySettings(BaseModel):
    """How a request that failed for now is tried again: ``attempts`` in all, with waits that double, and jitter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: int = Field(default=4, ge=1, le=20)
    first_wait_seconds: Seconds = 0.5
    longest_wait_seconds: Seconds = 20


class BreakerSettings(BaseModel):
    """After ``failures`` failures in a row, of more than one endpoint, a venue is left alone for ``open_seconds``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int = Field(default=5, ge=1)
    open_seconds: Seconds = 300


class LiveSettings(BaseModel):
    """What is followed live. Every key has a default; a file with none of them is the same as no file.

    ``assets`` and ``venues`` are followed. ``base_urls`` (API to URL) replace the hosts of venues, each path kept.
    ``timeout_seconds`` is of one request. ``overlap_minutes`` is how far behind the newest row every tick looks again
    for late and restated rows, ``backfill_days`` how far back the first tick goes where the venue keeps it.
    ``tick_seconds`` ends a venue's part of a tick, ``backfill_seconds`` that of one that has a day or more to make up.
    ``concurrent_requests`` are in flight at one API at most. ``is_rate_limited = false`` lifts the limits of rate at
    APIs with a base URL, for exchanges of one's own; those of the venues themselves always hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    assets: tuple[Asset, ...] = Field(default=("BTC", "ETH", "BNB", "SOL"), min_length=1)
    venues: tuple[Venue, ...] = Field(default=VENUES, min_length=1)
    base_urls: dict[ApiId, BaseUrl] = Field(default_factory=dict)
    timeout_seconds: Seconds = 10
    overlap_minutes: float = Field(default=30, ge=0, le=1440)
    backfill_days: float = Field(default=30, gt=0)
    tick_seconds: Seconds = 240
    backfill_seconds: Seconds = 3600
    concurrent_requests: int = Field(default=8, ge=1, le=64)
    is_rate_limited: bool = True
    retry: RetrySettings = RetrySettings()
    breaker: BreakerSettings = BreakerSettings()

    @property
    def api_ids(self) -> tuple[str, ...]:
        """The APIs of the followed venues."""
        return tuple(api_id for api_id, venue in VENUE_OF_API.items() if venue in self.venues)


def choose(settings: LiveSettings, *, venues: list[str] | None, assets: list[str] | None) -> LiveSettings:
    """Return ``settings`` that follow only ``venues`` and ``assets``, where given.

    Raises InputError when there are no such ones.
    """
    chosen = {name: value for name, value in (("venues", venues), ("assets", assets)) if value}
    try:
        return LiveSettings.model_validate({**settings.model_dump(), **chosen})
    except ValidationError as error:
        raise InputError(validation_line(error)) from error


def validation_line(error: ValidationError) -> str:
    """Return what is wrong in one line: each key with its reason."""
    reasons = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
        reason = "no such key; remove it" if detail["type"] == "extra_forbidden" else detail["msg"]
        reasons.append(f"{key}: {reason.removeprefix('Value error, ')}")
    return "; ".join(reasons)
