"""Levels on data that nobody prepared: polls that come late, a number that is cut off, open interest in USD alone."""

import os
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from marts_support import build_home, build_models, differences, home_of_all_workers, load_everything

from common.settings import Settings
from ingestion.files.ingest import ingest_manifest
from ingestion.files.manifest import Manifest, load_manifest
from warehouse.connection import open_read_only

Query = Callable[[str], list[tuple]]


MIDNIGHT = datetime.fromisoformat("2026-03-01")
HOUR = timedelta(hours=1)
# A recorder that looks once an hour. A venue's answer takes less than a minute.
RANDOM_SECONDS = np.random.default_rng(9).uniform(0, 59.9, 49)
MANIFEST = """
name: hourly_polls
description: Hourly polls of a test.
source: exchanges
source_mode: file
dataset: open_interest
scope: instrument
files: ["{symbol}.csv"]
time: {column: time, unit: iso, label_convention: instant, interval: 1h}
venue: {fixed: binance}
symbol: {path: symbol}
records:
  - values: {oi_native: oi, value_usd_native: usd}
    unit: base
    constants: {native_field: openInterest}
"""
USD_MANIFEST = """
name: usd_alone
description: Open interest in USD of a test, without any price.
source: exchanges
source_mode: file
dataset: open_interest
scope: instrument
files: ["usd_alone.csv"]
time: {column: time, unit: iso, label_convention: instant, interval: 1h}
venue: {fixed: hyperliquid}
symbol: {fixed: DOGE}
records:
  - values: {oi_native: usd}
    unit: usd
    constants: {native_field: openInterest}
"""


def _hours(count: int) -> list[datetime]:
    return [MIDNIGHT + hour * HOUR for hour in range(count)]


def _polls(price: int, measured_at: Iterable[datetime]) -> list[str]:
    """Lines of a recorder: 80,000 coins and 10 more each hour."""
    return [f"{at.isoformat()},{80000 + 10 * i},{(80000 + 10 * i) * price}" for i, at in enumerate(measured_at)]


def _import(settings: Settings, root: Path, files: dict[str, list[str]], manifest: str, observed_at: datetime) -> None:
    root.mkdir(parents=True)
    for name, lines in files.items():
        path = root / f"{name}.csv"
        path.write_text("\n".join(lines))
        # The recorder has ended: the last line does not wait.
        os.utime(path, (0, 0))
    (root / "manifest.yaml").write_text(manifest)
    report = ingest_manifest(load_manifest(root / "manifest.yaml"), root, settings.landing_dir, observed_at=observed_at)
    assert report.failures == ()
    load_everything(settings)


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory):
    """Run SQL on a home with an hourly recorder that is late, one that is on time, and one that states USD alone."""

    def fill(settings: Settings) -> None:
        late = [hour + timedelta(seconds=seconds) for hour, seconds in zip(_hours(49), RANDOM_SECONDS, strict=True)]
        cut = _polls(70000, late)
        # The file ends within its last number, which was 5,633,600,000.
        cut[-1] = cut[-1].removesuffix("600000")
        assert cut[-1].endswith(",80480,5633")
        root = tmp_path_factory.mktemp("files")
        files = {
            "BTCUSDT": ["time,oi,usd", *cut],
            "BNBUSDT": ["time,oi,usd", *_polls(700, late)],
            "ETHUSDT": ["time,oi,usd", *_polls(2000, _hours(49))],
        }
        observed_at = MIDNIGHT + timedelta(days=3)
        _import(settings, root / "polls", files, MANIFEST, observed_at)
        usd = ["time,usd", *(f"{hour.isoformat()},100000000" for hour in _hours(49))]
        _import(settings, root / "usd", {"usd_alone": usd}, USD_MANIFEST, observed_at)
        build_home(settings)

    settings = home_of_all_workers(tmp_path_factory, "levels_home", fill)
    with open_read_only(settings.build_file, missing="build it") as con:
        yield lambda sql: con.execute(sql).fetchall()


def test_a_late_poll_is_the_level_of_its_bar(query: Query):
    bars = "select timeframe, event_at, oi_base, round(oi_growth_ratio, 12) from marts.fct_venue_oi_velocity "
    bars += "join marts.fct_venue_open_interest using (source, asset, venue, timeframe, event_at) where asset = "
    on_time = query(f"{bars} 'ETH' order by all")
    assert [row for row in on_time if row[0] == "1d"] == [
        ("1d", MIDNIGHT, 80000, None),
        ("1d", MIDNIGHT + 24 * HOUR, 80240, 0.003),
        ("1d", MIDNIGHT + 48 * HOUR, 80480, round(240 / 80240, 12)),
    ]
    assert len(on_time) == 49 + 3
    # The same numbers, asked for up to a minute late, give the same bars.
    assert query(f"{bars} 'BNB' order by all") == on_time


def test_a_bar_says_when_its_level_was_measured(query: Query):
    ages = query(
        "select measured_at - event_at from marts.fct_venue_open_interest "
        "where asset = 'BNB' and timeframe = '1h' order by event_at"
    )
    assert [age.total_seconds() for (age,) in ages] == pytest.approx(RANDOM_SECONDS, abs=1e-5)


def test_a_number_that_is_cut_off_is_found_and_counts_nowhere(query: Query):
    last = MIDNIGHT + 48 * HOUR
    assert query(
        "select event_at, quality_flag, is_quarantined, price_basis from core.fct_open_interest "
        "where quality_flag is distinct from null and asset = 'BTC'"
    ) == [(last, "implied_price", True, None)]
    ((price, usual, count, first_at),) = query(
        "select observed_value, expected_value, row_count, first_event_at from quality.dq_finding "
        "where rule = 'implied_price'"
    )
    assert (price, usual, count, first_at) == (pytest.approx(5633 / 80480), 70000, 1, last)
    newest = query("select max(event_at), min(reference_price_usd) from core.fct_reference_price where asset = 'BTC'")
    assert newest == [(last - HOUR, 70000)]
    assert query(
        "select max(event_at) from marts.fct_venue_open_interest where asset = 'BTC' and timeframe = '1h'"
    ) == [(last - HOUR,)]


def test_usd_without_a_price_counts_in_usd(query: Query):
    # The rule of Hyperliquid's USD halves them: both sides are counted.
    assert query(
        "select timeframe, count(*), min(oi_usd), max(oi_usd), min(oi_without_base_usd), count(oi_base), "
        "count(oi_growth_ratio) from marts.fct_market_open_interest where asset = 'DOGE' group by all order by all"
    ) == [("1d", 3, 5e7, 5e7, 5e7, 0, 0), ("1h", 49, 5e7, 5e7, 5e7, 0, 0)]
    assert query(
        "select min(oi_share_ratio), bool_and(is_top5) from marts.fct_venue_share "
        "join marts.dim_top_venue using (source, asset, venue) where asset = 'DOGE'"
    ) == [(1, True)]
    assert query(
        "select distinct quality_flag, is_quarantined, oi_contracts, oi_base from core.fct_open_interest "
        "where asset = 'DOGE'"
    ) == [("no_price", False, None, None)]


def test_an_increment_moves_a_late_poll_to_its_bar(tmp_path: Path):
    """The hour's value arrives after a build that has already seen the end of the hour."""
    settings = Settings(home=tmp_path / "stepped")
    polls = _polls(2000, [hour + timedelta(seconds=59.9) for hour in _hours(30)])
    for step, (first, last) in enumerate([(0, 24), (24, 25), (25, 30)]):
        # Four minutes after the hour of the first missing value.
        observed_at = _hours(31)[last] + timedelta(minutes=4)
        lines = ["time,oi,usd", *polls[first:last]]
        _import(settings, tmp_path / str(step), {"ETHUSDT": lines}, MANIFEST, observed_at)
        assert build_models(settings).is_full_refresh is (step == 0)
    with open_read_only(settings.build_file, missing="build it") as con:
        bars = con.execute("select count(*) from marts.fct_venue_open_interest where timeframe = '1h'").fetchall()
    assert bars == [(30,)]
    # A full refresh of the same rows, which have the same observation times.
    refreshed = Settings(home=Path(shutil.copytree(settings.home, tmp_path / "full")))
    build_models(refreshed, is_full_refresh=True)
    assert differences(settings.build_file, refreshed.build_file) == []


def test_a_bar_is_known_a_minute_after_its_end(tmp_path: Path):
    """Cutting the input a minute after T leaves every row at T and before unchanged."""
    late = [hour + timedelta(seconds=seconds) for hour, seconds in zip(_hours(49), RANDOM_SECONDS, strict=True)]
    observed_at = MIDNIGHT + timedelta(days=3)
    homes = []
    for count in (25, 49):
        settings = Settings(home=tmp_path / str(count))
        lines = ["time,oi,usd", *_polls(2000, late[:count])]
        _import(settings, tmp_path / f"files_{count}", {"ETHUSDT": lines}, MANIFEST, observed_at)
        build_models(settings)
        homes.append(settings.build_file)
    assert differences(*homes, until=MIDNIGHT + 24 * HOUR) == []


def test_the_case_of_a_late_poll_and_a_number_that_is_cut_off(shared_cases: Path, tmp_path: Path):
    """Hourly polls 5.3 seconds late. The file of BNB ends within its last number: `...,80480,5633`."""
    settings, root = Settings(home=tmp_path / "home"), tmp_path / "files"
    shutil.copytree(shared_cases / "files/28-late-poll-and-cut-off", root, copy_function=shutil.copyfile)
    manifest = Manifest.model_validate({**yaml.safe_load(MANIFEST), "files": ["{symbol}_late.csv"]})
    observed_at = MIDNIGHT + timedelta(days=3)
    bars = (
        "select asset, count(*), min(event_at), max(event_at), max(oi_base) from marts.fct_venue_open_interest "
        "where timeframe = '{}' group by all order by all"
    )
    found = "select first_event_at, observed_value, row_count from quality.dq_finding where rule = 'implied_price'"
    last = MIDNIGHT + 48 * HOUR
    whole = {"BTC": (49, MIDNIGHT, last, 80480.0), "ETH": (49, MIDNIGHT, last, 2004800.0)}
    # The level of 23:00:05.3 is less than an hour old at midnight, so the last daily bar has it.
    hourly = whole | {"BNB": (48, MIDNIGHT, last - HOUR, 80470.0)}
    daily = {asset: (3, *values) for asset, (_, *values) in whole.items()} | {"BNB": (3, MIDNIGHT, last, 80470.0)}

    def assert_bars(con):
        for timeframe, expected in (("1h", hourly), ("1d", daily)):
            assert {asset: tuple(row) for asset, *row in con.execute(bars.format(timeframe)).fetchall()} == expected

    # The copy is as young as a file that still grows: the cut line does not land.
    report = ingest_manifest(manifest, root, settings.landing_dir, observed_at=observed_at)
    assert (report.landed, report.rows, report.failures) == (3, 49 + 48 + 49, ())
    assert [line.split(":")[1].strip() for line in report.waiting] == ["BNBUSDT_late.csv"]
    load_everything(settings)
    build_models(settings)
    with open_read_only(settings.build_file, missing="build it") as con:
        assert_bars(con)
        assert con.execute(found).fetchall() == []

    # The recorder has ended there: the cut number lands, is a finding and counts in no bar.
    for path in root.iterdir():
        os.utime(path, (0, 0))
    report = ingest_manifest(manifest, root, settings.landing_dir, observed_at=observed_at + HOUR)
    assert (report.landed, report.unchanged, report.rows, report.waiting) == (1, 2, 49, ())
    load_everything(settings)
    assert not build_models(settings).is_full_refresh
    with open_read_only(settings.build_file, missing="build it") as con:
        assert_bars(con)
        ((at, price, rows),) = con.execute(found).fetchall()
        assert (at, price, rows) == (last, pytest.approx(5633 / 80480), 1)
        assert con.execute(
            "select event_at, quality_flag from core.fct_open_interest where is_quarantined"
        ).fetchall() == [(last, "implied_price")]
