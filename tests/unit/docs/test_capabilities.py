"""The table of capabilities is what the feeds declare, and its page is current."""

from datetime import timedelta

import pytest

from docs.generators.capabilities import PAGE, _duration, capabilities, main, render
from ingestion.live.settings import VENDORS
from ingestion.venues.catalogue import VENUE_OF_API


def test_every_api_and_vendor_has_its_part():
    assert list(dict.fromkeys(row.provider for row in capabilities())) == [*VENUE_OF_API, *VENDORS]


def test_a_line_says_what_the_feed_says():
    [row] = [row for row in capabilities() if (row.provider, row.path) == ("bybit", "v5/market/open-interest")]
    assert (row.dataset, row.depth, row.grain, row.page, row.is_bulk) == (
        "open_interest",
        "to the listing",
        "5 min",
        "200",
        False,
    )
    line = next(line for line in render([row]).splitlines() if "v5/market/open-interest" in line)
    assert line.startswith("| open_interest | `v5/market/open-interest` | to the listing | 5 min | 200 | no | ")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=30) - timedelta(hours=1), "30 d"),
        (timedelta(days=1), "1 d"),
        (timedelta(seconds=10), "10 s"),
        (timedelta(minutes=5) * 1440, "5 d"),
    ],
)
def test_durations_are_short(span, text):
    assert _duration(span) == text


def test_check_passes_on_a_fresh_page_and_fails_on_a_stale_one(tmp_path, capsys):
    (tmp_path / PAGE).parent.mkdir(parents=True)
    assert main(["--check"], tmp_path) == 1
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    (tmp_path / PAGE).write_text((tmp_path / PAGE).read_text().replace("bybit", "other"))
    assert main(["--check"], tmp_path) == 1
    assert "make docs" in capsys.readouterr().err


def test_the_committed_page_is_current():
    assert main(["--check"]) == 0
