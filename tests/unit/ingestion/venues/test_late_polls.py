"""The seed ``late_poll`` names the collectors of open interest whose value is as old as the tick that asks for it."""

import csv

from common.settings import PROJECT_ROOT
from ingestion.records import OPEN_INTEREST
from ingestion.venues.catalogue import APIS


def test_every_snapshot_of_open_interest_has_a_tolerance():
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "late_poll.csv").open(newline="") as seed:
        named = [row["collector"] for row in csv.DictReader(seed)]
    # A snapshot has no history, so its labels have no spacing.
    snapshots = {
        reading.collector
        for api in APIS
        for feed in api.feeds
        if feed.label_spacing is None
        for reading in feed.readings
        if reading.dataset is OPEN_INTEREST
    }
    assert named == sorted(snapshots)
