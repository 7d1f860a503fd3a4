"""A process that backfills from the test venue and lands every page; a test kills it."""

import sys
from datetime import datetime
from pathlib import Path

from live_support import Venue, api, settings_of

from ingestion.live import provider_landing
from ingestion.live.tick import fetch_tick


def _main(base_url: str, home: str, now: str) -> None:
    # One page per batch. Otherwise a backfill that is short enough for a test is one batch.
    provider_landing._ROWS_PER_CHUNK = 1
    venue = Venue(base_url=base_url.removesuffix("/dydx"))
    settings = settings_of(Path(home), {"dydx": venue}, backfill_days=10, concurrent_requests=1)
    fetch_tick(settings, clock=lambda: datetime.fromisoformat(now), apis=(api(),), vendors=())


_main(*sys.argv[1:])
