"""The section ``[live]`` of the settings file: which assets and venues are followed, and how patiently.

What belongs here: keys, defaults, what is valid. What does not: reading the file (common/settings.py). Imports no
exchange client, so that commands which fetch nothing start at once.
"""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from common.errors import InputError
from common.retry import RetryPolicy
from common.settings import Seconds, Section, validation_line

# What else is asked over HTTP, and so may have a base URL of its own.
VENDORS = ("coingecko", "coinglass", "coinalyze")


def _venue_of_api() -> dict[str, str]:
    """Return the APIs of the catalogue, each with the venue that it belongs to."""
    # A command that fetches nothing does not wait for the modules of all venues.
    from ingestion.venues.catalogue import VENUE_OF_API  # noqa: PLC0415

    return VENUE_OF_API


def _all_venues() -> tuple[str, ...]:
    return tuple(dict.fromkeys(_venue_of_api().values()))


def _known_venue(venue: str) -> str:
    if venue not in (venues := _all_venues()):
        raise ValueError(f"unknown venue {venue!r}; choose from {', '.join(venues)}")
    return venue


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is no base URL; write it as http://host:port/path")
    return url.rstrip("/")


def _known_api(api_id: str) -> str:
    if api_id not in (known := (*_venue_of_api(), *VENDORS)):
        raise ValueError(f"unknown API {api_id!r}; choose from {', '.join(known)}")
    return api_id


Venue = Annotated[str, AfterValidator(_known_venue)]
Asset = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,20}$")]
BaseUrl = Annotated[str, AfterValidator(_http_url)]
ApiId = Annotated[str, AfterValidator(_known_api)]


class BreakerSettings(BaseModel):
    """After ``failures`` failures in a row, of more than one endpoint, a venue is left alone for ``open_seconds``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int = Field(default=5, ge=1)
    open_seconds: Seconds = 300


class LiveSettings(Section):
    """Which assets and venues are followed live, and how.

    ``assets`` and ``venues`` are followed. ``base_urls`` (API to URL) replace the hosts of venues, each path kept.
    ``timeout_seconds`` is of one request. ``overlap_minutes`` is how far behind the newest row every tick looks again
    for late and restated rows, ``backfill_days`` how far back the first tick goes where the venue keeps it.
    ``tick_seconds`` ends a venue's part of a tick, ``backfill_seconds`` that of one that has a day or more to make up.
    ``concurrent_requests`` are in flight at one API at most. ``is_rate_limited = false`` lifts the limits of rate at
    APIs with a base URL, for exchanges of one's own; those of the venues themselves always hold.
    """

    name: ClassVar[str] = "live"

    assets: tuple[Asset, ...] = Field(default=("BTC", "ETH", "BNB", "SOL"), min_length=1)
    venues: tuple[Venue, ...] = Field(default_factory=_all_venues, min_length=1)
    base_urls: dict[ApiId, BaseUrl] = Field(default_factory=dict)
    timeout_seconds: Seconds = 10
    overlap_minutes: float = Field(default=30, ge=0, le=1440)
    backfill_days: float = Field(default=30, gt=0)
    tick_seconds: Seconds = 240
    backfill_seconds: Seconds = 3600
    concurrent_requests: int = Field(default=8, ge=1, le=64)
    is_rate_limited: bool = True
    retry: RetryPolicy = RetryPolicy()
    breaker: BreakerSettings = BreakerSettings()

    @property
    def api_ids(self) -> tuple[str, ...]:
        """The APIs of the followed venues."""
        return tuple(api_id for api_id, venue in _venue_of_api().items() if venue in self.venues)


def choose(settings: LiveSettings, *, venues: list[str] | None, assets: list[str] | None) -> LiveSettings:
    """Return ``settings`` that follow only ``venues`` and ``assets``, where given.

    Raises InputError when there are no such ones.
    """
    chosen = {name: value for name, value in (("venues", venues), ("assets", assets)) if value}
    try:
        return LiveSettings.model_validate({**settings.model_dump(), **chosen})
    except ValidationError as error:
        raise InputError(validation_line(error)) from error
