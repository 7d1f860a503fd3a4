"""The whole pipeline on the simulated exchanges: a market, the common clock, and homes that fetch from it."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pyarrow.parquet as pq

from common.settings import Settings
from ingestion.landing import list_batches
from ingestion.live.settings import LiveSettings
from ingestion.live.tick import fetch_tick
from sandbox.market import truth
from sandbox.market.latent_market import LatentMarket
from sandbox.market.simulation import simulate
from sandbox.server import RunningSandbox, running_sandbox

BAR = timedelta(minutes=5)
KEY = [*truth.CONTRACT_KEY, "at"]
INSTRUMENTS = (
    "(select distinct venue, symbol, market_type, settlement, epoch(expiry_at)::bigint as expires_at "
    "from dim_instrument)"
)


@dataclass
class Scenery:
    """A running sandbox. Its clock ``now`` (UTC, naive) is also the clock of the pipeline."""

    market: LatentMarket
    now: datetime
    sandbox: RunningSandbox | None = None

    def settings(self, home, **live):
        """The settings of a home that follows this sandbox, with short time limits."""
        defaults = {
            "base_urls": self.sandbox.base_urls,
            "timeout_seconds": 5,
            "backfill_days": 1,
            "is_rate_limited": False,
            "retry": {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.05},
        }
        return Settings(
            home=home, source_mode="simulated", sections=(LiveSettings.model_validate({**defaults, **live}),)
        )

    def tick(self, settings, **options):
        """Fetch once; return the report of each API."""
        report = fetch_tick(settings, clock=lambda: self.now, **options)
        return {provider.name: provider for provider in report.providers}


def seconds(at):
    """UTC seconds of a naive instant."""
    return int(at.replace(tzinfo=UTC).timestamp())


@contextmanager
def scenery(now, *, days, ahead=timedelta(hours=6), seed=11, script=(), **options):
    """Run a market of ``days`` before ``now`` and the time ``ahead``, with the scenes of ``script`` (default: none)."""
    last = seconds(now) // BAR.seconds * BAR.seconds
    begins_at, ends_at = last - round(days * 86400), last + round(ahead.total_seconds())
    market = simulate(seed=seed, begins_at=begins_at, ends_at=ends_at, script=script)
    running = Scenery(market, now)
    with running_sandbox(market, clock=lambda: seconds(running.now), **options) as sandbox:
        running.sandbox = sandbox
        yield running


def landed_rows(home, dataset):
    """All landed rows of ``dataset`` by key. Rows of one key are in the order of landing."""
    found = {}
    for path in list_batches(home / "landing"):
        if path.relative_to(home / "landing").parts[0] == dataset.name:
            for row in pq.read_table(path).to_pylist():
                key = tuple(row[column] for column in ("collector", "symbol", "stamped_at", *dataset.own_key))
                found.setdefault(key, []).append(tuple(row[column] for column in dataset.columns))
    return found


class Warehouse:
    """The tables of a built home, as frames with the columns of ``sandbox.market.truth``."""

    def __init__(self, market, build_file):
        self.market = market
        self._build_file = build_file

    def frame(self, query):
        with duckdb.connect(str(self._build_file), read_only=True) as con:
            con.execute("set search_path = 'core,marts'")
            frame = con.execute(query).df()
        return frame.astype({"expires_at": "Int64"}) if "expires_at" in frame else frame

    def of_contracts(self, table, at, columns, where="true"):
        return self.frame(
            f"select fact.venue, fact.asset, instrument.market_type, instrument.settlement, expires_at, "
            f'epoch({at})::bigint as "at", {columns} '
            f"from {table} as fact join {INSTRUMENTS} as instrument using (venue, symbol) where {where}"
        )

    def latent(self, facts, level):
        """The latent value of a level at the contract and instant of each row of ``facts``."""
        contracts = {tuple(getattr(one, name) for name in truth.CONTRACT_KEY): one for one in self.market.contracts}
        found = np.empty(len(facts))
        keys = facts[truth.CONTRACT_KEY].astype(object).where(facts[truth.CONTRACT_KEY].notna(), None)
        for place, (key, at) in enumerate(zip(keys.itertuples(index=False), facts["at"], strict=True)):
            found[place] = self.market.level_at(getattr(contracts[tuple(key)], level), at)
        return found
