"""Every staged failure of a venue: the report names it, the other venue is complete, and after the failure no row is
missing or duplicated."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sandbox_support import landed_rows, scenery

from ingestion.records import DATASETS, OPEN_INTEREST
from sandbox.faults import (
    Duplicated,
    Empty,
    Fault,
    Late,
    Malformed,
    MissingField,
    Reordered,
    Silence,
    Skewed,
    Slow,
    Status,
    Truncated,
    WrongType,
)

pytestmark = pytest.mark.xdist_group("sandbox_faults")

FIRST_TICK = datetime.fromisoformat("2026-03-20T11:58:00")
FAULTY_TICK = FIRST_TICK + timedelta(minutes=10)
LATER_TICK = FAULTY_TICK + timedelta(minutes=5)
FAULTY, SOUND = "bybit", "gate"
# These datasets have only current values: a missed value cannot be requested later.
OF_AN_INSTANT = ("bybit_open_interest", "bybit_funding_rate")
HISTORY_OF_OI = "/v5/market/open-interest"
LIST = "/v5/market/instruments-info"


@dataclass(frozen=True)
class Case:
    """A fault, and the report of the faulty tick: its status, and a part of a line."""

    name: str
    faults: tuple[Fault, ...]
    status: str
    reported: str = ""
    live: dict[str, object] = field(default_factory=dict)

    def __str__(self):
        return self.name


def fault(effect, path="*", **aim):
    return (Fault(effect, FAULTY, path, **aim),)


CASES = (
    # The retries within the tick succeed.
    Case("429 once", fault(Status(429), times=3), "ok"),
    Case("429 with Retry-After once", fault(Status(429, retry_after_seconds=0), times=3), "ok"),
    Case("5xx once", fault(Status(502), times=3), "ok"),
    Case("slow", fault(Slow(0.05)), "ok"),
    Case("truncated once", fault(Truncated(), times=2), "ok"),
    # The fault lasts for the whole tick.
    Case("429", fault(Status(429)), "failed", "429"),
    Case("429 with Retry-After", fault(Status(429, retry_after_seconds=9999)), "failed", "429"),
    Case("banned", fault(Status(418)), "failed", "418"),
    Case("5xx", fault(Status(503)), "failed", "503"),
    Case("no answer", fault(Silence()), "failed", "no response in time", {"timeout_seconds": 0.2}),
    Case("too slow", fault(Slow(1.0)), "failed", "no response in time", {"timeout_seconds": 0.2}),
    Case("truncated JSON", fault(Truncated()), "failed", "JSON"),
    Case("malformed JSON", fault(Malformed()), "failed", "JSON"),
    # Without the list, the contracts that landed last are followed.
    Case("no instruments", fault(Empty(), LIST), "partial", "the contracts that landed last are used"),
    # The fault affects one endpoint, whose rows land in the next tick.
    Case("5xx of an endpoint", fault(Status(500), HISTORY_OF_OI), "partial", "500"),
    Case("wrong type", fault(WrongType("openInterest"), HISTORY_OF_OI), "partial", "openInterest"),
    Case("missing field", fault(MissingField("timestamp"), HISTORY_OF_OI), "partial", "timestamp"),
    Case("clock ahead", fault(Skewed(3600), HISTORY_OF_OI), "partial", "clock"),
    # The response is valid, but has missing, duplicate, late or reordered rows.
    Case("empty list", fault(Empty(), HISTORY_OF_OI), "ok"),
    Case("late rows", fault(Late(900)), "ok"),
    Case("duplicated rows", fault(Duplicated(), HISTORY_OF_OI), "ok"),
    Case("reordered rows", fault(Reordered()), "ok"),
)


@pytest.fixture(scope="module")
def scene():
    with scenery(FIRST_TICK, days=0.5, seed=5) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(scene, tmp_path_factory):
    """The landed rows of ticks without a fault."""
    home = tmp_path_factory.mktemp("undisturbed")
    run(scene, home, Case("none", (), "ok"))
    found = landed(home)
    assert all(len(rows) == 1 for keys in found.values() for rows in keys.values())
    assert all(found[name] for name in ("candle", "funding_rate", "instrument", "long_short_ratio", "open_interest"))
    return found


def run(scene, home, case):
    """Fetch from both venues before, during and after the fault; return the reports of the faulty tick."""
    settings = scene.settings(home, assets=("ETH", "PEPE"), venues=(FAULTY, SOUND), backfill_days=0.125, **case.live)
    scene.now = FIRST_TICK
    scene.tick(settings)
    scene.now = FAULTY_TICK
    for standing in case.faults:
        scene.sandbox.faults.add(standing)
    during = scene.tick(settings)
    scene.sandbox.faults.clear()
    scene.now = LATER_TICK
    after = scene.tick(settings)
    assert {name: report.failures for name, report in after.items() if report.status != "ok"} == {}
    return during


def landed(home):
    """All landed rows by dataset and key, except current values that only the faulty tick could fetch."""
    return {
        name: {
            key: rows
            for key, rows in landed_rows(home, dataset).items()
            if not (key[0] in OF_AN_INSTANT and key[2] == FAULTY_TICK)
        }
        for name, dataset in DATASETS.items()
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_is_reported_and_changes_no_row(case, scene, undisturbed, tmp_path):
    during = run(scene, tmp_path, case)

    failures = during[FAULTY].failures
    assert (during[FAULTY].status, failures == ()) == (case.status, case.status == "ok"), failures
    assert all("\n" not in line for line in failures)
    assert case.reported in " | ".join(failures)
    assert (during[SOUND].status, during[SOUND].failures) == ("ok", ())
    # Only a venue that no feed could be fetched from has failed: then no current value has landed.
    current = {key[0] for key in landed_rows(tmp_path, OPEN_INTEREST) if key[2] == FAULTY_TICK}
    assert ("bybit_open_interest" in current) == (case.status != "failed")
    found = landed(tmp_path)
    for name, expected in undisturbed.items():
        # The same rows as without the fault, each once.
        assert found[name] == expected, name
