"""``python -m benchmarks.tick``: measure a live tick over the embedded exchanges, print one JSON document.

What belongs here: the time to fetch many instruments under the venues' rate limits, the shortest time that the limits
allow, and the steps of a tick in a small warehouse. What does not: the warehouse on much data (run.py). Progress goes
to stderr.

The exchanges run in a process of their own and delay every response by 50 ms. The first tick requests the last half
hour, one page per series: the same requests as every later tick.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ccxt.async_support.base.exchange import Exchange

from common.settings import PROJECT_ROOT, Settings
from ingestion.api.feed import Feed, Instrument, VenueApi, Window
from ingestion.live.settings import LiveSettings
from ingestion.live.tick import fetch_tick
from ingestion.venues.catalogue import APIS
from orchestration.run import StepEvent, run_tick

INSTRUMENTS = 300
LATENCY_SECONDS = 0.05
BOUND_RATIO = 1.5
_HALF_HOUR_IN_DAYS = 0.5 / 24
# The time limit of a tick: long enough to measure the slowest venue.
_LONGEST_SECONDS = 3600.0


@dataclass
class _Sent:
    """The requests to one API: their weight in ccxt's throttler, and their number by feed."""

    milliseconds_a_weight: float = 0.0
    weight: float = 0.0
    requests: Counter[str] = field(default_factory=Counter)

    def lower_bound_seconds(self, api: VenueApi) -> float:
        """Return the shortest time for these requests under the limits of the API and of its endpoints."""
        # The first request does not wait.
        of_endpoints = [
            (self.requests[feed.name] - 1) / feed.requests_per_second for feed in api.feeds if feed.requests_per_second
        ]
        return max(self.weight * self.milliseconds_a_weight / 1000, *of_endpoints, 0.0)


def measure(instruments: int) -> dict[str, Any]:
    """Return the document: the fetch of ``instruments`` per API, then the steps of a tick in a small warehouse."""
    with tempfile.TemporaryDirectory(prefix="oiw-tick-") as scratch, _exchanges(instruments) as base_urls:
        apis = [api for api in APIS if api.api_id in base_urls]
        fetched = _measure_fetch(Path(scratch) / "many", apis, base_urls, instruments)
        small = _measure_small(Path(scratch) / "small", base_urls)
    return {"instruments": instruments, "latency_seconds": LATENCY_SECONDS, "fetch": fetched, "small_home": small}


def _measure_fetch(home: Path, apis: Sequence[VenueApi], base_urls: dict[str, str], instruments: int) -> dict[str, Any]:
    print(f"fetch of {instruments} instruments from {len(apis)} APIs ...", file=sys.stderr)
    sent = {api.api_id: _Sent() for api in apis}
    assets = tuple(f"SIM{number:03d}" for number in range(instruments))
    settings = _settings(home, base_urls, assets)
    report = fetch_tick(settings, apis=[_counting(api, sent[api.api_id]) for api in apis], vendors=())
    by_api: dict[str, dict[str, Any]] = {
        provider.name: {
            "status": provider.status,
            "failures": provider.failures[:1],
            "requests": provider.requests,
            "rows": sum(provider.rows.values()),
            "seconds": provider.seconds,
            "lower_bound_seconds": sent[provider.name].lower_bound_seconds(api),
        }
        for provider, api in zip(report.providers, apis, strict=True)
    }
    seconds = max(each["seconds"] for each in by_api.values())
    slowest_bound = max(each["lower_bound_seconds"] for each in by_api.values())
    ratio = seconds / slowest_bound
    return {
        "by_api": by_api,
        "seconds": seconds,
        "slowest_lower_bound_seconds": slowest_bound,
        "bound": {"value": ratio, "bound": BOUND_RATIO, "is_met": ratio <= BOUND_RATIO},
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _measure_small(home: Path, base_urls: dict[str, str]) -> dict[str, Any]:
    """Return the seconds of each step of the second tick, with one asset at all venues; the first builds all tables."""
    settings = _settings(home, base_urls, ("BTC",))
    for name in ("first", "second"):
        print(f"small home, {name} tick ...", file=sys.stderr)
        steps: list[StepEvent] = []
        outcome = run_tick(settings, fetch_live=fetch_tick, on_event=steps.append)
    return {
        "is_published": outcome.is_published,
        "errors": outcome.errors,
        "seconds": {step.step: step.seconds for step in steps},
        "total_seconds": sum(step.seconds for step in steps),
    }


def _settings(home: Path, base_urls: dict[str, str], assets: tuple[str, ...]) -> Settings:
    live = LiveSettings.model_validate(
        {
            "assets": assets,
            "base_urls": base_urls,
            "backfill_days": _HALF_HOUR_IN_DAYS,
            "tick_seconds": _LONGEST_SECONDS,
            "timeout_seconds": 30,
        }
    )
    return Settings(home=home, source_mode="simulated", sections=(live,))


def _counting(api: VenueApi, sent: _Sent) -> VenueApi:
    """Return ``api`` with feeds that count their requests."""
    return replace(api, feeds=tuple(_counting_feed(feed, sent) for feed in api.feeds))


def _counting_feed(feed: Feed, sent: _Sent) -> Feed:
    async def request(exchange: Exchange, instrument: Instrument | None, window: Window | None) -> object:
        if not sent.milliseconds_a_weight:
            _count_weight(exchange, sent)
        sent.requests[feed.name] += 1
        return await feed.request(exchange, instrument, window)

    return replace(feed, request=request)


def _count_weight(exchange: Exchange, sent: _Sent) -> None:
    """Make ``exchange`` add up the weight of the requests that pass its throttler."""
    throttle = exchange.throttle
    sent.milliseconds_a_weight = float(exchange.rateLimit)

    async def counted(cost: float | None = None) -> None:
        sent.weight += 1.0 if cost is None else cost
        await throttle(cost)

    exchange.throttle = counted


@contextmanager
def _exchanges(instruments: int) -> Iterator[dict[str, str]]:
    """Run the embedded exchanges in a process; yield the base URL of each API."""
    options = ["--port", "0", "--days", "2", "--latency-seconds", str(LATENCY_SECONDS)]
    command = [sys.executable, "-c", "from cli.main import run; run()", "sandbox", "serve", *options]
    with subprocess.Popen(  # noqa: S603  # our own interpreter with our own arguments
        [*command, "--extra-instruments", str(instruments)], stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT
    ) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the simulated exchanges print nothing; run `oiw sandbox serve` to see why")
            yield _printed_urls(process.stdout)
        finally:
            process.terminate()


def _printed_urls(lines: Iterable[str]) -> dict[str, str]:
    """Return the base URLs among the settings that the sandbox prints; CoinGecko's is the last."""
    printed = ""
    for line in lines:
        printed += line
        if line.startswith("coingecko"):
            return dict(tomllib.loads(printed)["live"]["base_urls"])
    raise RuntimeError(f"the simulated exchanges ended after printing {printed!r}; run `oiw sandbox serve` to see why")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure a live tick over simulated exchanges; prints JSON.")
    parser.add_argument(
        "--instruments", type=int, default=INSTRUMENTS, help="instruments per API (default: %(default)s)"
    )
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.instruments), indent=2))


if __name__ == "__main__":
    main()
