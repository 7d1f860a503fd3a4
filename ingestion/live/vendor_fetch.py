"""The fetch of one vendor in a tick: CoinGecko for supply, Coinglass and Coinalyze where an API key is set.

What belongs here: the choice of vendors, and their requests. What does not: their paths and fields (ingestion/vendors).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from common.errors import InputError, OiwError
from common.settings import Settings, SourceMode
from ingestion.api.feed import Reading, Window
from ingestion.api.rows import Row
from ingestion.api.vendor import Vendor, VendorFeed
from ingestion.live.exchange import SIMULATED_HEADER
from ingestion.live.fetch_context import FetchContext
from ingestion.live.paging import Page, Pager
from ingestion.live.settings import LiveSettings
from ingestion.live.windows import windows
from ingestion.vendors.client import fetch, open_client
from ingestion.vendors.coinalyze import COINALYZE
from ingestion.vendors.coingecko import COINGECKO
from ingestion.vendors.coinglass import COINGLASS


def followed_vendors(settings: Settings) -> list[tuple[Vendor, SecretStr | None]]:
    """Return the vendors that need no API key or have one in the settings, each with its key."""
    keyed = ((COINGLASS, settings.coinglass_api_key), (COINALYZE, settings.coinalyze_api_key))
    return [(COINGECKO, None), *((vendor, key) for vendor, key in keyed if key)]


def vendor_client(
    vendor: Vendor, key: SecretStr | None, live: LiveSettings, source_mode: SourceMode
) -> httpx.AsyncClient:
    """Return a client of ``vendor``. A simulated response raises InputError, unless ``source_mode`` is simulated.

    A base URL in the settings replaces the vendor's host; the path stays.
    """
    base_url = live.base_urls.get(vendor.source)
    client = open_client(vendor, key, base_url and base_url + urlsplit(vendor.base_url).path)

    async def refuse_simulated(response: httpx.Response) -> None:
        if response.headers.get(SIMULATED_HEADER) == "true" and source_mode != "simulated":
            raise InputError(
                f"{response.url.path}: a simulated vendor responded, and its rows would be labelled {source_mode}; "
                "set OIW_SOURCE_MODE=simulated and another OIW_HOME"
            )

    client.event_hooks = {"response": [refuse_simulated]}
    return client


@dataclass
class VendorFetch:
    """Fetches the feeds of one vendor over ``client``."""

    vendor: Vendor
    client: httpx.AsyncClient
    context: FetchContext

    async def run(self) -> None:
        """Fetch the feeds one after the other. The failure of a feed becomes a line of ``failures``.

        Raises OiwError when the vendor's names of the assets cannot be listed.
        """
        assets = self.context.live.assets
        names = await self.context.sender.send(partial(self.vendor.names, self.client, assets))
        unknown = [asset for asset in assets if asset not in names]
        if unknown:
            self.context.failures.append(f"{self.vendor.name} has no name of {', '.join(unknown)}; the others go on")
        if not names:
            return
        for feed in self.vendor.feeds:
            try:
                await self._fetch(feed, names)
            except OiwError as error:
                self.context.failures.append(f"{feed.name}: {error}")

    async def _fetch(self, feed: VendorFeed, names: Mapping[str, str]) -> None:
        landing = self.context.landing
        now = self.context.clock()
        spans = list(windows(feed, self._since(feed, names, now), now))
        self.context.progress.plan(len(spans))
        pager = Pager(feed)
        for window in spans:
            if window:
                async for page in pager.pages(window, partial(self._read_page, feed, names)):
                    self.context.keep(feed.name, page.parsed, page.damaged, page.window, page.received_at)
                    landing.note_requested(feed.readings, names, page.covered_until)
            else:
                self.context.keep(feed.name, *await self._read(feed, names, None), None, self.context.clock())
            self.context.progress.note_done()

    async def _read_page(self, feed: VendorFeed, names: Mapping[str, str], window: Window) -> Page:
        parsed, damaged = await self._read(feed, names, window)
        return Page(window, parsed, damaged, self.context.clock())

    async def _read(
        self, feed: VendorFeed, names: Mapping[str, str], window: Window | None
    ) -> tuple[list[tuple[Reading, list[Row]]], list[str]]:
        read: tuple[list[tuple[Reading, list[Row]]], list[str]] = await self.context.sender.send(
            partial(fetch, self.client, feed, list(names.values()), window)
        )
        return read

    def _since(self, feed: VendorFeed, assets: Iterable[str], now: datetime) -> datetime:
        oldest = now - min(timedelta(days=self.context.live.backfill_days), feed.retention or timedelta.max)
        known = (self.context.landing.since(feed.readings[0], asset) for asset in assets)
        return max(oldest, min(since or oldest for since in known))
