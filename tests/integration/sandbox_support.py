"""The whole pipeline over the embedded exchanges: a market, the clock of both, and homes that fetch from it."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq

from ingestion.landing import list_batches
from ingestion.live.settings import LiveSettings
from ingestion.live.tick import fetch_tick
from ingestion.settings import Settings
from sandbox.latent import LatentMarket
from sandbox.server import RunningSandbox, running_sandbox
from sandbox.simulation import simulate

BAR = timedelta(minutes=5)


@dataclass
class Scenery:
    """A running sandbox whose clock, ``now`` (UTC, naive), is the pipeline's too."""

    market: LatentMarket
    now: datetime
    sandbox: RunningSandbox | None = None

    def settings(self, home, **live):
        """The settings of a home that follows this sandbox, patient for moments only."""
        defaults = {
            "base_urls": self.sandbox.base_urls,
            "timeout_seconds": 5,
            "backfill_days": 1,
            "is_rate_limited": False,
            "retry": {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.05},
        }
        return Settings(home=home, source_mode="simulated", live=LiveSettings.model_validate({**defaults, **live}))

    def tick(self, settings, **options):
        """Fetch once; by API what became of it."""
        report = fetch_tick(settings, clock=lambda: self.now, **options)
        return {origin.name: origin for origin in report.origins}


def seconds(at):
    """UTC seconds of a naive instant."""
    return int(at.replace(tzinfo=UTC).timestamp())


@contextmanager
def scenery(now, *, days, ahead=timedelta(hours=6), seed=11, script=(), **options):
    """Run a market of so many days before ``now`` and some time ahead, with nothing staged unless given."""
    market = simulate(
        seed=seed, begins_at=seconds(now - timedelta(days=days)), ends_at=seconds(now + ahead), script=script
    )
    running = Scenery(market, now)
    with running_sandbox(market, clock=lambda: seconds(running.now), **options) as sandbox:
        running.sandbox = sandbox
        yield running


def landed_rows(home, dataset):
    """All landed rows of ``dataset`` by their key; a row that landed more than once, in the order of landing."""
    found = {}
    for path in list_batches(home / "landing"):
        if path.relative_to(home / "landing").parts[0] == dataset.name:
            for row in pq.read_table(path).to_pylist():
                key = tuple(row[column] for column in ("collector", "symbol", "stamped_at", *dataset.own_key))
                found.setdefault(key, []).append(tuple(row[column] for column in dataset.columns))
    return found
