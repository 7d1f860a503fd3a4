"""Fixtures of the sandbox tests: simulated markets of 47 days, and exchanges that serve a market made by hand."""

from collections.abc import Iterator

import pytest
from exchange_support import NOON, Clock, Venues, market

from sandbox.market.latent_market import LatentMarket
from sandbox.market.simulation import simulate
from sandbox.server import running_sandbox

# 23 November 2026, 00:00 UTC.
ENDS_AT = 1_795_392_000
BEGINS_AT = ENDS_AT - 47 * 86_400


@pytest.fixture(scope="package", params=[7, 11, 2026])
def latent(request) -> LatentMarket:
    return simulate(seed=request.param, begins_at=BEGINS_AT, ends_at=ENDS_AT)


@pytest.fixture(scope="module")
def running_venues() -> Iterator[Venues]:
    clock = Clock()
    with running_sandbox(market(), clock=clock) as sandbox:
        yield Venues(sandbox, clock)


@pytest.fixture
def venues(running_venues) -> Iterator[Venues]:
    """Exchanges whose clock is at noon of the second day, without faults."""
    yield running_venues
    running_venues.sandbox.faults.clear()
    running_venues.clock.now = NOON
