"""Freshness is the age of the newest event of a venue."""

from datetime import datetime

from orchestration.lib.freshness import venue_freshness
from warehouse.status import DatasetStatus

HOUR = 3600.0


def _status(dataset, venue, age_hours, source="exchanges"):
    at = datetime.fromisoformat("2025-07-01")
    return DatasetStatus(dataset, source, venue, 10, at, at, age_hours * HOUR)


def test_a_day_is_fresh_and_more_is_not():
    ages = {v.venue: v.is_fresh for v in venue_freshness([_status("open_interest", "okx", 24.0)])}
    assert ages == {"okx": True}
    [late] = venue_freshness([_status("open_interest", "okx", 24.01)])
    assert not late.is_fresh


def test_the_newest_of_a_venues_series_counts_whatever_their_order():
    series = [_status("open_interest", "okx", 30), _status("venue_total_open_interest", "okx", 2)]
    for statuses in (series, series[::-1]):
        [venue] = venue_freshness(statuses)
        assert venue.age_hours == 2
        assert venue.is_fresh


def test_sources_are_kept_apart_and_the_oldest_comes_first():
    venues = venue_freshness(
        [_status("open_interest", "okx", 1), _status("venue_total_open_interest", "okx", 50, source="coinglass")]
    )
    assert [(venue.source, venue.is_fresh) for venue in venues] == [("coinglass", False), ("exchanges", True)]


def test_other_facts_and_rows_of_no_venue_do_not_count():
    assert venue_freshness([_status("price", "okx", 1), _status("open_interest", None, 1)]) == []
