"""A tick: all venues and vendors at the same time, each on its own, and a report of what became of each.

What belongs here: running the parts beside each other. What does not: one part (feeds.py, vendors.py), loading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb

from pydantic import SecretStr

from common.errors import InputError, OiwError, TransientError
from common.settings import Settings
from ingestion.api.feed import VenueApi
from ingestion.live.batches import Origin, OriginLanding
from ingestion.live.breaker import Breakers
from ingestion.live.exchange import open_exchange
from ingestion.live.exclusive import exclusive_fetch, refuse_mixing
from ingestion.live.feeds import ApiTick
from ingestion.live.part import OnProgress, Part, Progress
from ingestion.live.report import OriginReport, Status, TickReport
from ingestion.live.sending import Clock, Sender
from ingestion.live.vendors import VendorTick, followed_vendors, vendor_client
from ingestion.records import SourceMode
from ingestion.vendors.feed import Vendor
from ingestion.venues.catalogue import followed_apis

_Run = Callable[[Part], Awaitable[None]]


def utc_now() -> datetime:
    """Return the present, UTC and naive."""
    return datetime.now(UTC).replace(tzinfo=None)


def fetch_tick(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    apis: Sequence[VenueApi] | None = None,
    vendors: Sequence[tuple[Vendor, SecretStr | None]] | None = None,
    origins: Collection[str] | None = None,
    breakers: Breakers | None = None,
    on_progress: OnProgress | None = None,
) -> TickReport:
    """Fetch what is new from all followed venues and vendors, and land it.

    ``clock`` returns the present, UTC and naive. ``apis`` and ``vendors`` (each with its key) are those of the settings
    when not given; of a simulated market only those with a base URL. ``origins`` are the names of those to fetch from;
    all of them when not given. ``breakers`` are kept by who runs several ticks. ``on_progress(done, total)`` counts
    pages; the total grows as venues answer. What fails of one is in its report.
    Raises TransientError when no venue could be reached, WarehouseError when another fetch is running or simulated and
    real data would be mixed.
    """
    source_mode = settings.live_source_mode
    apis = followed_apis(settings.live) if apis is None else apis
    vendors = followed_vendors(settings) if vendors is None else vendors
    if source_mode == "simulated":
        # What has no base URL is real.
        apis = [api for api in apis if api.api_id in settings.live.base_urls]
        vendors = [(vendor, key) for vendor, key in vendors if vendor.source in settings.live.base_urls]
    if origins is not None:
        apis = [api for api in apis if api.api_id in origins]
        vendors = [(vendor, key) for vendor, key in vendors if vendor.source in origins]
    with exclusive_fetch(settings.landing_dir):
        refuse_mixing(settings.landing_dir, source_mode)
        tick = _Tick(settings, clock, breakers or Breakers(), Progress(on_progress))
        report = asyncio.run(tick.run(apis, vendors))
    venues = [origin for origin in report.origins if origin.venue]
    if venues and all(origin.is_unreachable for origin in venues):
        raise TransientError(
            f"no venue could be reached; check the network ({venues[0].name}: {venues[0].failures[0]})"
        )
    return report


class _Tick:
    """Runs the parts of one tick."""

    def __init__(self, settings: Settings, clock: Clock, breakers: Breakers, progress: Progress) -> None:
        self._settings = settings
        self._source_mode = settings.live_source_mode
        self._clock = clock
        self._breakers = breakers
        self._progress = progress

    async def run(self, apis: Sequence[VenueApi], vendors: Sequence[tuple[Vendor, SecretStr | None]]) -> TickReport:
        parts = [self._api(api) for api in apis] + [self._vendor(vendor, key) for vendor, key in vendors]
        return TickReport(tuple(await asyncio.gather(*(self._run(origin, run) for origin, run in parts))))

    def _api(self, api: VenueApi) -> tuple[Origin, _Run]:
        async def run(part: Part) -> None:
            async with open_exchange(api, part.live, self._source_mode) as exchange:
                await ApiTick(api, exchange, part).run()

        return Origin(api.api_id, "exchanges", self._source_mode, api.venue, api.feeds), run

    def _vendor(self, vendor: Vendor, key: SecretStr | None) -> tuple[Origin, _Run]:
        source_mode: SourceMode = "simulated" if self._source_mode == "simulated" else "vendor"

        async def run(part: Part) -> None:
            async with vendor_client(vendor, key, part.live, source_mode) as client:
                await VendorTick(vendor, client, part).run()

        return Origin(vendor.source, vendor.source, source_mode, None, vendor.feeds), run

    async def _run(self, origin: Origin, run: _Run) -> OriginReport:
        """Run one part, land what it took in whatever happens, and say what became of it."""
        loop = asyncio.get_running_loop()
        live = self._settings.live
        breaker = self._breakers.of(origin.name, live.breaker)
        began_at = loop.time()
        sender = Sender(live, breaker, self._clock, began_at + live.tick_seconds)
        failures: list[str] = []
        rows: dict[str, int] = {}
        try:
            landing = OriginLanding(origin, self._settings, self._clock)
            rows = landing.rows
            part = Part(live, sender, landing, self._clock, self._progress, failures)
            await _run_and_land(run, part)
            if part.not_sent:
                failures.append(f"{part.not_sent} series were not asked for: {breaker.reason}")
            status: Status = "partial" if failures else "ok"
        except OiwError as error:
            failures.append(str(error))
            status = "failed"
        return OriginReport(
            name=origin.name,
            venue=origin.venue_native,
            status=status,
            rows=rows,
            failures=tuple(failures),
            seconds=loop.time() - began_at,
            requests=sender.requests,
            is_unreachable=sender.requests > 0 and not sender.was_reached,
        )


async def _run_and_land(run: _Run, part: Part) -> None:
    """Run ``part`` and land what it took in, whatever happens.

    A mistake in one venue's module is that venue's failure and stops no other: it becomes an InputError with its place.
    """
    [outcome] = await asyncio.gather(run(part), return_exceptions=True)
    part.landing.flush()
    if isinstance(outcome, OiwError) or not isinstance(outcome, Exception | None):
        raise outcome
    if outcome:
        place = extract_tb(outcome.__traceback__)[-1]
        raise InputError(
            f"unexpected {type(outcome).__name__}: {outcome} ({Path(place.filename).name}:{place.lineno})"
        ) from outcome
