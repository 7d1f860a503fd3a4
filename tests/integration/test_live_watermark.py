"""The requests of a tick and its landed rows: every row once, and late or restated rows again."""

from datetime import timedelta

import pytest
from live_support import (
    BAR,
    BEGIN,
    PAGE_ROWS,
    Venue,
    api,
    grid,
    labels,
    landed,
    parse_candles,
    serving,
    settings_of,
    tick,
)

from ingestion.api.feed import Reading
from ingestion.api.payload import milliseconds
from ingestion.landing import list_batches
from ingestion.records import CANDLE, FUNDING_RATE

DAY_BARS = 288


@pytest.fixture
def venue():
    with serving(Venue()) as served:
        yield served


@pytest.fixture
def settings(tmp_path, venue):
    return settings_of(tmp_path, {"dydx": venue})


def test_first_tick_fetches_the_retained_history_of_the_followed_assets(tmp_path, venue, settings):
    report = tick(settings, venue)
    assert [(part.status, part.failures) for part in report.providers] == [("ok", ())]
    complete = grid(BEGIN - DAY_BARS * BAR, BEGIN - BAR)
    assert labels(tmp_path) == labels(tmp_path, "ETH-USD") == complete
    assert {row["symbol"] for row in landed(tmp_path, "instrument")} == {"BTC-USD", "ETH-USD"}
    assert report.providers[0].rows == {"instrument": 2, "open_interest": 2, "candle": 2 * DAY_BARS}
    # 289 labels (with the bar in progress) on pages of 50, for each of two contracts.
    assert len(venue.asked("candles")) == 2 * -(-(DAY_BARS + 1) // PAGE_ROWS)


def test_a_row_is_a_whole_record(tmp_path, venue, settings):
    tick(settings, venue)
    row = landed(tmp_path, "open_interest")[0]
    assert {key: row[key] for key in row if key != "payload"} == {
        "source": "exchanges",
        "source_mode": "live",
        "collector": "dydx_open_interest",
        "scope": "instrument",
        "venue_native": "dydx",
        "symbol": "BTC-USD",
        "stamped_at": BEGIN,
        "label_convention": "instant",
        "interval_seconds": 300,
        "observed_at": BEGIN,
        "native_field": "level",
        "oi_native": 1000.0,
        "native_unit": "base",
        "value_usd_native": None,
        "price_usd_native": None,
    }
    assert row["payload"] == '{"symbol":"BTC-USD","at":1772323200000,"level":1000.0}'


def test_instruments_land_before_their_rows_and_again_only_when_they_change(tmp_path, venue, settings):
    tick(settings, venue)
    tick(settings, venue)
    venue.sizes["BTC-USD"] = 10.0
    venue.now += BAR
    tick(settings, venue)
    specifications = [(row["symbol"], row["contract_size"]) for row in landed(tmp_path, "instrument")]
    assert specifications == [("BTC-USD", 1.0), ("ETH-USD", 1.0), ("BTC-USD", 10.0)]


def test_later_ticks_continue_from_the_watermark_and_land_no_row_twice(tmp_path, venue, settings):
    tick(settings, venue)
    venue.requests.clear()
    tick(settings, venue)
    for _ in range(3):
        venue.now += BAR
        tick(settings, venue)
    assert labels(tmp_path) == grid(BEGIN - DAY_BARS * BAR, BEGIN + 2 * BAR)
    assert len(venue.asked("candles/perpetualMarkets/BTC-USD")) == 4
    # From 30 minutes before the newest landed label.
    assert venue.asked("candles")[0].endswith(f"since={milliseconds(BEGIN - 7 * BAR)}&until={milliseconds(BEGIN) + 1}")


def test_a_tick_without_new_rows_lands_no_file(venue, settings):
    tick(settings, venue)
    files = list(list_batches(settings.landing_dir))
    report = tick(settings, venue)
    assert list(list_batches(settings.landing_dir)) == files
    assert report.providers[0].status == "ok"
    assert report.providers[0].rows == {}


def test_the_bar_in_progress_lands_when_it_is_over(tmp_path, venue, settings):
    venue.now = BEGIN + timedelta(minutes=4, seconds=59)
    tick(settings, venue)
    assert labels(tmp_path)[-1] == BEGIN - BAR
    venue.now = BEGIN + BAR
    tick(settings, venue)
    assert labels(tmp_path)[-1] == BEGIN


def test_late_rows_within_the_overlap_land(tmp_path, venue, settings):
    venue.withheld = {BEGIN - 2 * BAR, BEGIN - 3 * BAR}
    tick(settings, venue)
    venue.withheld = set()
    venue.now += BAR
    tick(settings, venue)
    assert sorted(labels(tmp_path)) == grid(BEGIN - DAY_BARS * BAR, BEGIN)


def test_after_hours_without_rows_the_request_starts_at_the_newest_row(tmp_path, venue, settings):
    tick(settings, venue)
    venue.withheld = set(grid(BEGIN, BEGIN + 60 * BAR))
    for _ in range(3):
        venue.now += 20 * BAR
        tick(settings, venue)
    venue.withheld = set()
    tick(settings, venue)
    assert labels(tmp_path) == grid(BEGIN - DAY_BARS * BAR, BEGIN + 59 * BAR)


def test_restated_rows_land_again_with_their_new_value(tmp_path, venue, settings):
    tick(settings, venue)
    restated = BEGIN - 2 * BAR
    venue.closes[restated] = 123_456.0
    venue.now += BAR
    tick(settings, venue)
    tick(settings, venue)
    of_label = [row for row in landed(tmp_path, "candle") if row["stamped_at"] == restated]
    assert [row["close_usd"] == 123_456.0 for row in of_label] == [False, False, True, True]
    assert {row["observed_at"] for row in of_label[2:]} == {venue.now}


def test_a_value_restored_after_a_restatement_is_a_third_observation(tmp_path, venue, settings):
    tick(settings, venue)
    label = BEGIN - 2 * BAR
    for close in (123_456.0, None):
        venue.now += BAR
        venue.closes = {label: close} if close else {}
        tick(settings, venue)
    closes = [row["close_usd"] for row in landed(tmp_path, "candle") if row["stamped_at"] == label]
    assert len(closes) == 6
    assert closes[0:2] == closes[4:6]


def test_an_unchanged_snapshot_is_one_row(tmp_path, venue, settings):
    tick(settings, venue)
    tick(settings, venue)
    venue.now += BAR
    tick(settings, venue)
    assert labels(tmp_path, dataset="open_interest") == [BEGIN, BEGIN + BAR]


def test_a_series_without_rows_is_not_requested_from_the_beginning_again(tmp_path, venue):
    settings = settings_of(tmp_path, {"dydx": venue}, backfill_days=10)
    venue.first_bar = BEGIN + 1000 * BAR
    tick(settings, venue)
    venue.requests.clear()
    tick(settings, venue)
    # A day and the overlap: 295 labels for each of two contracts.
    assert len(venue.asked("candles")) == 2 * -(-295 // PAGE_ROWS)
    assert landed(tmp_path, "candle") == []


def test_retention_and_listing_bound_the_first_request(tmp_path, venue, settings):
    tick(settings, venue, api(retention=timedelta(hours=2)))
    assert labels(tmp_path) == grid(BEGIN - timedelta(hours=2), BEGIN - BAR)


def test_a_label_in_the_future_is_an_error_and_hides_no_row(tmp_path, venue, settings):
    venue.clock_skew = timedelta(hours=3)
    report = tick(settings, venue)
    assert report.providers[0].status == "partial"
    assert "the clock of the venue or of this machine is wrong" in report.providers[0].failures[0]
    venue.clock_skew = timedelta(0)
    assert tick(settings, venue).providers[0].status == "ok"
    assert labels(tmp_path, dataset="open_interest") == [BEGIN]


def test_a_new_contract_is_followed_from_when_it_is_listed(tmp_path, venue, settings):
    venue.symbols = ("BTC-USD",)
    tick(settings, venue)
    venue.symbols = ("BTC-USD", "ETH-USD")
    tick(settings, venue)
    assert labels(tmp_path, "ETH-USD") == labels(tmp_path, "BTC-USD")


def test_a_window_with_too_many_events_for_a_page_needs_several_pages(tmp_path, venue, settings):
    events = Reading("dydx_candle", CANDLE, "instant", parse_candles, None)
    # Four times as many events as expected: the venue returns the first 50 of 200 in a window.
    tick(settings, venue, api(label_spacing=4 * BAR, readings=(events,)))
    assert sorted(labels(tmp_path)) == grid(BEGIN - DAY_BARS * BAR, BEGIN)


def test_killed_between_the_files_of_one_response_no_row_lands_twice(tmp_path, venue, settings):
    def parse_levels(answer):
        for row in parse_candles(answer):
            yield {
                **{name: row[name] for name in ("symbol", "stamped_at", "payload")},
                "rate_native": row["close_usd"],
                "native_unit": "fraction",
                "funding_interval_hours": None,
                "is_settled": False,
            }

    both = api(
        readings=(
            Reading("dydx_candle", CANDLE, "start", parse_candles, 300),
            Reading("dydx_funding", FUNDING_RATE, "start", parse_levels, 300),
        )
    )
    tick(settings, venue, both)
    files = {path.parts[-4]: path for path in list_batches(settings.landing_dir)}
    # The file that records the end of the requests lands last. Without it, the next tick requests everything again.
    assert files["candle"].stat().st_mtime_ns > files["funding_rate"].stat().st_mtime_ns
    files["candle"].unlink()
    venue.now += BAR
    tick(settings, venue, both)
    complete = grid(BEGIN - DAY_BARS * BAR, BEGIN)
    assert labels(tmp_path, dataset="funding_rate") == complete
    # The request starts again at the beginning of the retention.
    assert labels(tmp_path) == complete[1:]


def test_a_broken_newest_batch_is_named(venue, settings):
    tick(settings, venue)
    path = next(path for path in list_batches(settings.landing_dir) if "candle" in str(path))
    path.write_bytes(b"PAR1 cut")
    report = tick(settings, venue)
    assert report.providers[0].status == "failed"
    assert path.name in report.providers[0].failures[0]
