"""Properties of the marts on real data: incremental builds equal full builds, no look-ahead, idempotent imports."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from marts_support import (
    build_home,
    build_models,
    differences,
    home_of_all_workers,
    ingest_everything,
    land_where,
    load_everything,
)

from common.settings import Settings
from ingestion.files.manifest import shipped_manifests

# Vendor and direct data, levels and flows, one and many venues, jittered settlements: together they reach every model.
COLLECTORS = (
    "coinalyze_open_interest",
    "coinalyze_candle",
    "coinalyze_liquidation",
    "coinglass_open_interest_by_exchange",
    "coinglass_price",
    "coinglass_liquidation",
    "coinglass_long_short_global_account",
    "multi_venue_open_interest_hyperliquid",
    "multi_venue_candle",
    "multi_venue_funding",
    "market_cap_coinmetrics_daily",
    "binance_15m_open_interest",
    "binance_15m_funding",
    "binance_rest_funding",
    "bybit_15m_open_interest",
    "bybit_15m_candle",
)
# Each of these days is one load; the days before and between them are bulk loads. The days: two of a crash, one with
# twenty venues, one with only jittered settlements, one on a 15-minute grid.
DAYS = ("2024-08-04", "2024-08-05", "2025-07-11", "2026-02-01", "2026-05-23")
# Between the bar ends of every grid, like a real recorder.
SEEN_AFTER = timedelta(minutes=30)
# Rows that the direct recorder delivered late, and rows that the vendor restated later.
LATE_FROM, LATE_TO = datetime.fromisoformat("2025-07-10 06:00"), datetime.fromisoformat("2025-07-10 15:00")
LATE_SEEN_AT = datetime.fromisoformat("2026-05-25")
LATE_COLLECTOR, RESTATED_COLLECTOR = "multi_venue_open_interest_hyperliquid", "coinglass_open_interest_by_exchange"
IS_LATE = f"known_at between '{LATE_FROM}' and '{LATE_TO}'"


def _loads() -> list[tuple[datetime, datetime]]:
    """Return the start and the end of every load."""
    days = [datetime.fromisoformat(day) for day in DAYS]
    edges = sorted({day + timedelta(days=shift) for day in days for shift in (0, 1)})
    return list(zip([datetime.fromisoformat("2015-01-01"), *edges[:-1]], edges, strict=True))


@pytest.fixture(scope="session")
def stepped_home(real_home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that was loaded and built step by step, each day half an hour after its end. Do not write into it."""

    def fill(settings: Settings) -> None:
        for label, (start, end) in enumerate(_loads()):
            late = f"collector = '{LATE_COLLECTOR}' and {IS_LATE}"
            condition = f"known_at >= '{start}' and known_at < '{end}' and not ({late})"
            _land(real_home, settings, condition, label=str(label), observed_at=end + SEEN_AFTER)
            load_everything(settings)
            assert build_models(settings).is_full_refresh is (label == 0)

    return home_of_all_workers(tmp_path_factory, "stepped_home", fill)


def _land(source: Settings, target: Settings, condition: str, **kwargs: object) -> None:
    assert land_where(source.landing_dir, target.landing_dir, condition, **{"collectors": COLLECTORS, **kwargs})


def _refreshed(settings: Settings, home: Path) -> Settings:
    """Return a copy of a home after a full refresh of every table."""
    copy = Settings(home=Path(shutil.copytree(settings.home, home)))
    build_models(copy, is_full_refresh=True)
    return copy


def test_an_incremental_build_in_daily_steps_equals_a_full_refresh(stepped_home: Settings, tmp_path: Path):
    assert differences(stepped_home.build_file, _refreshed(stepped_home, tmp_path / "full").build_file) == []


def test_a_gap_yields_no_growth(stepped_home: Settings):
    with duckdb.connect(str(stepped_home.build_file), read_only=True) as con:
        rows = con.execute(
            "select event_at, oi_growth_ratio is null, velocity_status = 'missing_input' from marts.fct_oi_velocity "
            "where source = 'exchanges' and asset = 'BTC' and timeframe = '1h' and event_at between ? and ? order by 1",
            [LATE_FROM - timedelta(hours=2), LATE_TO + timedelta(hours=2)],
        ).fetchall()
    hour = timedelta(hours=1)
    assert rows == [
        (LATE_FROM - 2 * hour, False, False),
        (LATE_FROM - hour, False, False),
        (LATE_TO + hour, True, True),
        (LATE_TO + 2 * hour, False, False),
    ]


def test_late_and_restated_rows_have_the_effect_of_a_full_refresh(
    real_home: Settings, stepped_home: Settings, tmp_path: Path
):
    late_home = Settings(home=Path(shutil.copytree(stepped_home.home, tmp_path / "late")))
    seen = {"label": "late", "observed_at": LATE_SEEN_AT}
    _land(real_home, late_home, IS_LATE, collectors={LATE_COLLECTOR}, **seen)
    restated = "* replace (oi_native * 1.1 as oi_native, observed_at + interval 1 day as observed_at)"
    _land(real_home, late_home, IS_LATE, collectors={RESTATED_COLLECTOR}, columns=restated, **seen)
    load_everything(late_home)
    assert not build_models(late_home).is_full_refresh
    changed = {difference.table for difference in differences(stepped_home.build_file, late_home.build_file)}
    assert {"core.fct_open_interest", "core.fct_venue_total_open_interest", "marts.fct_oi_velocity"} <= changed
    assert differences(late_home.build_file, _refreshed(late_home, tmp_path / "full").build_file) == []


# In the crash, inside a bar of a 4h grid, inside a bar of a 15-minute grid.
@pytest.mark.parametrize("cut_at", ["2024-08-05 07:30:00", "2025-07-15 05:00:00", "2026-05-24 10:10:00"])
def test_cutting_the_input_leaves_earlier_rows_unchanged(real_home: Settings, tmp_path: Path, cut_at: str):
    instant = datetime.fromisoformat(cut_at)
    cut = Settings(home=tmp_path / "cut")
    seen = {"collectors": set(shipped_manifests()), "label": "cut", "observed_at": instant}
    _land(real_home, cut, f"known_at <= '{instant}'", **seen)
    load_everything(cut)
    build_models(cut)
    assert differences(cut.build_file, real_home.build_file, until=instant) == []


def test_importing_everything_again_changes_nothing(real_home: Settings, shared_data: Path, tmp_path: Path):
    again = Settings(home=Path(shutil.copytree(real_home.home, tmp_path / "again")))
    reports = ingest_everything(shared_data, again.landing_dir, observed_at=datetime.fromisoformat("2026-07-02"))
    assert sum(report.landed for report in reports) == 0
    assert sum(report.unchanged for report in reports) > 0
    assert load_everything(again).rows == {}
    assert build_home(again).is_up_to_date
    build_models(again)
    assert differences(again.build_file, real_home.build_file) == []
