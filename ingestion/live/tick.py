"""A tick: the fetches of all venues and vendors run in parallel, and a report holds their results.

What belongs here: running the fetches in parallel. What does not: one fetch (api_fetch.py, vendor_fetch.py), loading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from traceback import extract_tb

from pydantic import SecretStr

from common.clock import Clock, utc_now
from common.errors import InputError, OiwError, TransientError
from common.settings import Settings, SourceMode
from ingestion.api.feed import VenueApi
from ingestion.api.vendor import Vendor
from ingestion.live.api_fetch import ApiFetch
from ingestion.live.breaker import Breakers
from ingestion.live.exchange import open_exchange
from ingestion.live.fetch_context import FetchContext, OnProgress, Progress
from ingestion.live.fetch_guards import exclusive_fetch, refuse_mixing
from ingestion.live.provider_landing import Provider, ProviderLanding
from ingestion.live.report import ProviderReport, Status, TickReport
from ingestion.live.sender import Sender
from ingestion.live.settings import LiveSettings
from ingestion.live.vendor_fetch import VendorFetch, followed_vendors, vendor_client
from ingestion.venues.catalogue import APIS

_Run = Callable[[FetchContext], Awaitable[None]]


def followed_apis(live: LiveSettings) -> tuple[VenueApi, ...]:
    """Return the APIs of the venues that ``live`` follows."""
    return tuple(api for api in APIS if api.venue in live.venues)


def fetch_tick(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    apis: Sequence[VenueApi] | None = None,
    vendors: Sequence[tuple[Vendor, SecretStr | None]] | None = None,
    providers: Collection[str] | None = None,
    breakers: Breakers | None = None,
    on_progress: OnProgress | None = None,
) -> TickReport:
    """Fetch new rows from all followed venues and vendors, and land them.

    ``clock`` returns the current time, UTC and naive. ``apis`` and ``vendors`` (each with its key) default to those of
    the settings; in simulated mode only those with a base URL are fetched. ``providers`` limits the tick to these names
    of APIs and vendors. A caller that runs several ticks passes the same ``breakers`` to each. ``on_progress(done,
    total)`` counts pages; the total grows as venues respond. The report holds the failures of each API and vendor.

    Raises TransientError when no venue could be reached, WarehouseError when another fetch is running or when simulated
    and real data would be mixed.
    """
    source_mode = settings.live_source_mode
    live = settings.section(LiveSettings)
    apis = followed_apis(live) if apis is None else apis
    vendors = followed_vendors(settings) if vendors is None else vendors
    if source_mode == "simulated":
        # Without a base URL the requests would go to the real venue.
        apis = [api for api in apis if api.api_id in live.base_urls]
        vendors = [(vendor, key) for vendor, key in vendors if vendor.source in live.base_urls]
    if providers is not None:
        apis = [api for api in apis if api.api_id in providers]
        vendors = [(vendor, key) for vendor, key in vendors if vendor.source in providers]
    with exclusive_fetch(settings.landing_dir):
        refuse_mixing(settings.landing_dir, source_mode)
        tick = _Tick(settings, clock, breakers or Breakers(), Progress(on_progress))
        report = asyncio.run(tick.run(apis, vendors))
    venues = [provider for provider in report.providers if provider.venue]
    if venues and all(provider.is_unreachable for provider in venues):
        raise TransientError(
            f"no venue could be reached; check the network ({venues[0].name}: {venues[0].failures[0]})"
        )
    return report


class _Tick:
    """Runs the fetches of one tick."""

    def __init__(self, settings: Settings, clock: Clock, breakers: Breakers, progress: Progress) -> None:
        self._settings = settings
        self._source_mode = settings.live_source_mode
        self._clock = clock
        self._breakers = breakers
        self._progress = progress

    async def run(self, apis: Sequence[VenueApi], vendors: Sequence[tuple[Vendor, SecretStr | None]]) -> TickReport:
        fetches = [self._api(api) for api in apis] + [self._vendor(vendor, key) for vendor, key in vendors]
        return TickReport(tuple(await asyncio.gather(*(self._run(provider, run) for provider, run in fetches))))

    def _api(self, api: VenueApi) -> tuple[Provider, _Run]:
        async def run(context: FetchContext) -> None:
            async with open_exchange(api, context.live, self._source_mode) as exchange:
                await ApiFetch(api, exchange, context).run()

        return Provider(api.api_id, "exchanges", self._source_mode, api.venue, api.feeds), run

    def _vendor(self, vendor: Vendor, key: SecretStr | None) -> tuple[Provider, _Run]:
        source_mode: SourceMode = "simulated" if self._source_mode == "simulated" else "vendor"

        async def run(context: FetchContext) -> None:
            async with vendor_client(vendor, key, context.live, source_mode) as client:
                await VendorFetch(vendor, client, context).run()

        return Provider(vendor.source, vendor.source, source_mode, None, vendor.feeds), run

    async def _run(self, provider: Provider, run: _Run) -> ProviderReport:
        """Run one fetch, land its rows, and return its report. A failure becomes part of the report."""
        loop = asyncio.get_running_loop()
        live = self._settings.section(LiveSettings)
        breaker = self._breakers.of(provider.name, live.breaker)
        began_at = loop.time()
        sender = Sender(live, breaker, self._clock, began_at + live.tick_seconds)
        failures: list[str] = []
        rows: dict[str, int] = {}
        try:
            landing = ProviderLanding(provider, self._settings, self._clock)
            rows = landing.rows
            context = FetchContext(live, sender, landing, self._clock, self._progress, failures)
            await _run_and_land(run, context)
            if context.not_sent:
                failures.append(f"{context.not_sent} series were not requested: {breaker.reason}")
            status: Status = "ok" if not failures else "partial" if context.kept else "failed"
        except OiwError as error:
            failures.append(str(error))
            status = "failed"
        return ProviderReport(
            name=provider.name,
            venue=provider.venue_native,
            status=status,
            rows=rows,
            failures=tuple(failures),
            seconds=loop.time() - began_at,
            requests=sender.requests,
            is_unreachable=sender.requests > 0 and not sender.was_reached,
        )


async def _run_and_land(run: _Run, context: FetchContext) -> None:
    """Run one fetch and land its rows, also when it fails.

    A bug in one venue's module must not stop other venues, so it becomes an InputError with its place in the code.
    """
    [outcome] = await asyncio.gather(run(context), return_exceptions=True)
    context.landing.flush()
    if isinstance(outcome, OiwError) or not isinstance(outcome, Exception | None):
        raise outcome
    if outcome:
        place = extract_tb(outcome.__traceback__)[-1]
        raise InputError(
            f"unexpected {type(outcome).__name__}: {outcome} ({Path(place.filename).name}:{place.lineno})"
        ) from outcome
