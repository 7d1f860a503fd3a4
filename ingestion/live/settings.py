"""The section ``[live]`` of the settings file: the followed assets and venues, and the limits of a fetch.

What belongs here: keys, defaults and valid values. What does not: reading the file (common/settings.py). This module
imports no exchange client, so commands that do not fetch start fast.
"""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from common.errors import InputError
from common.retry import RetryPolicy
from common.settings import Seconds, Section, validation_line

# The vendors. Like the APIs of venues, each may have a base URL.
VENDORS = ("coingecko", "coinglass", "coinalyze")


def _venue_of_api() -> dict[str, str]:
    """Return the APIs of the catalogue, each with the venue that it belongs to."""
    from ingestion.venues.catalogue import VENUE_OF_API  # noqa: PLC0415  # only a check of names needs all venues' modules

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
        raise ValueError(f"{url!r} is not a base URL; write it as http://host:port/path")
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
    """When a breaker opens: after ``failures`` failed requests in a row, for ``open_seconds``.

    Failures of only one endpoint do not open it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int = Field(default=5, ge=1)
    open_seconds: Seconds = 300


class LiveSettings(Section):
    """The followed ``assets`` and ``venues``, and the limits of a fetch.

    ``base_urls`` (API or vendor to URL) replace the hosts; the paths stay. ``timeout_seconds`` limits one request.

    Every tick requests the last ``overlap_minutes`` before the newest row again, for late and restated rows. The first
    tick goes back ``backfill_days``, as far as the venue keeps the data. ``tick_seconds`` limits the fetch of one API;
    when a series is more than two days behind, the limit is ``backfill_seconds``.

    ``concurrent_requests`` is the highest number of open requests to one API. ``is_rate_limited = false`` removes the
    rate limits of APIs with a base URL, for your own test exchanges. At the venues' own addresses the limits always
    apply.
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
    """Return ``settings`` limited to ``venues`` and ``assets``, where given.

    Raises InputError when a venue is unknown, or an asset is not a symbol such as BTC.
    """
    chosen = {name: value for name, value in (("venues", venues), ("assets", assets)) if value}
    try:
        return LiveSettings.model_validate({**settings.model_dump(), **chosen})
    except ValidationError as error:
        raise InputError(validation_line(error)) from error
