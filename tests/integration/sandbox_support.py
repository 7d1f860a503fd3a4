"""The whole pipeline over the embedded exchanges: a market, its clock, and homes that fetch from it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.live.settings import LiveSettings
from ingestion.live.tick import fetch_tick
from ingestion.settings import Settings
from sandbox.latent import LatentMarket
from sandbox.scenes import Staged
from sandbox.server import RunningSandbox, running_sandbox
from sandbox.simulation import simulate

# Between a quarterly expiry (2026-03-27 08:00) behind and the funding of 16:00 ahead, and no multiple of five minutes.
NOW = datetime.fromisoformat("2026-03-28T12:03:00")


class Clock:
    """The present of the exchanges and of the pipeline alike, UTC."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self._lock = threading.Lock()

    def pass_by(self, span: timedelta) -> None:
        with self._lock:
            self.now += span

    def seconds(self) -> float:
        with self._lock:
            return self.now.replace(tzinfo=UTC).timestamp()

    def naive(self) -> datetime:
        with self._lock:
            return self.now


@dataclass(frozen=True)
class Scenery:
    """A running sandbox with the clock that it shares with the pipeline."""

    market: LatentMarket
    sandbox: RunningSandbox
    clock: Clock

    def settings(self, home: Path, **live: Any) -> Settings:
        """The settings of a home that follows this sandbox, patient for seconds only."""
        defaults = {
            "base_urls": self.sandbox.base_urls,
            "timeout_seconds": 2,
            "backfill_days": 1,
            "is_rate_limited": False,
            "retry": {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.05},
        }
        return Settings(
            home=home, source_mode="simulated", live=LiveSettings.model_validate({**defaults, **live})
        )

    def tick(self, settings: Settings, **options: Any):
        return fetch_tick(settings, clock=self.clock.naive, **options)


def seconds(at: datetime) -> int:
    """Return UTC seconds of a naive instant."""
    return int(at.replace(tzinfo=UTC).timestamp())


@contextmanager
def scenery(
    *, days: float, script: Sequence[Staged] = (), seed: int = 11, ahead: timedelta = timedelta(hours=6), **options: Any
) -> Iterator[Scenery]:
    """Run a market of so many days before NOW, whose clock stands at NOW."""
    clock = Clock()
    end = seconds(NOW) // 300 * 300 + int(ahead.total_seconds())
    market = simulate(seed=seed, begins_at=seconds(NOW) // 300 * 300 - int(days * 86400), ends_at=end, script=script)
    with running_sandbox(market, clock=clock.seconds, **options) as sandbox:
        yield Scenery(market, sandbox, clock)
