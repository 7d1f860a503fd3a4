"""A hole in open interest leaves prices and the states of a day alone: growth, outcomes, top venues, robust z-scores.

The case is a made-up series of Coinglass on a grid of 4 hours, without open interest between two bars of February 2025
and with a price at every bar. The expected values come from its files, not from the SQL of the product.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from marts_support import build_home, build_models, differences, land_where, load_everything

from common.settings import Settings
from ingestion.files.ingest import ingest_manifest
from ingestion.files.manifest import load_manifest, shipped_manifests
from warehouse.connection import open_read_only

COLLECTORS = ("coinglass_open_interest_by_exchange", "coinglass_price")
# The last bar of open interest before the hole, and the first one after it.
LAST_BEFORE, FIRST_AFTER = datetime.fromisoformat("2025-02-20 08:00"), datetime.fromisoformat("2025-02-22 16:00")
# In the hole; after its end, before the next midnight; and after the data.
STEPS = tuple(datetime.fromisoformat(step) for step in ("2025-02-21 10:00", "2025-02-22 22:00", "2025-04-01 00:00"))
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def landed(shared_cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The landing batches of the case."""
    root = tmp_path_factory.mktemp("case")
    landing = root / "landing"
    shutil.copytree(shared_cases / "truth" / "coinglass", root / "coinglass")
    # The recorded files, which the shipped manifest describes, have one column more.
    levels = root / "coinglass/oi_by_exchange_4h_BTC.parquet"
    pd.read_parquet(levels).assign(snapshot_commit="").to_parquet(levels, index=False)
    for collector in COLLECTORS:
        report = ingest_manifest(load_manifest(shipped_manifests()[collector]), root, landing, observed_at=STEPS[-1])
        assert report.landed > 0
    return landing


def _step(landed: Path, settings: Settings, condition: str, observed_at: datetime) -> None:
    assert land_where(
        landed,
        settings.landing_dir,
        condition,
        collectors=COLLECTORS,
        label=observed_at.isoformat(),
        observed_at=observed_at,
    )
    load_everything(settings)


@pytest.fixture(scope="module")
def stepped(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that was built in the hole, after it and at the end. Do not write into it."""
    settings = Settings(home=tmp_path_factory.mktemp("stepped"))
    for start, end in zip([datetime.fromisoformat("2020-01-01"), *STEPS[:-1]], STEPS, strict=True):
        _step(landed, settings, f"known_at > '{start}' and known_at <= '{end}'", end)
        build_models(settings)
    build_home(settings, is_full_refresh=False)
    return settings


@pytest.fixture(scope="module")
def query(stepped: Settings) -> Iterator[Callable[[str], pd.DataFrame]]:
    """Run SQL on the warehouse of the case."""
    with open_read_only(stepped.build_file, missing="build it") as con:
        yield lambda sql: con.execute(sql).df()


@pytest.fixture(scope="module")
def prices(shared_cases: Path) -> pd.Series:
    """The closing prices of the candles by the end of their bar."""
    candles = pd.read_parquet(shared_cases / "truth/coinglass/price_ohlc_4h_binance_BTCUSDT.parquet")
    return candles.set_index(pd.to_datetime(candles["time"], unit="ms") + pd.Timedelta(hours=4))["close"]


def test_the_case_has_a_hole_of_open_interest_and_none_of_prices(query, prices):
    bars = query("select event_at from marts.fct_market_open_interest where timeframe = '4h' order by 1")["event_at"]
    assert bars[(bars >= LAST_BEFORE) & (bars <= FIRST_AFTER)].tolist() == [LAST_BEFORE, FIRST_AFTER]
    assert (prices.index.to_series().diff().dropna() == pd.Timedelta(hours=4)).all()


def test_price_growth_needs_no_open_interest_at_the_other_end(query, prices):
    rows = query(
        "select event_at, lookback, price_growth_ratio from marts.fct_oi_price_growth where timeframe = '4h' order by 1"
    ).set_index("event_at")
    spans = {"4h": 1, "24h": 6, "7d": 42}
    assert set(rows["lookback"]) == set(spans)
    for lookback, bars in spans.items():
        growth = rows.loc[rows["lookback"] == lookback, "price_growth_ratio"]
        expected = (prices / prices.shift(bars) - 1).reindex(growth.index)
        # The candles begin one bar after open interest, so the first growth of a span has a price from open interest.
        known = expected.dropna().index
        assert known[-1] - known[0] > 50 * DAY
        pd.testing.assert_series_equal(growth[known], expected[known], check_names=False, check_freq=False)
    after = rows[(rows["lookback"] == "24h")].loc[FIRST_AFTER : FIRST_AFTER + DAY]
    assert after["price_growth_ratio"].notna().all()


def test_the_outcome_of_every_bar_of_the_price_is_the_growth_at_its_end(query, prices):
    rows = query(
        "select event_at, horizon_hours, forward_return_ratio from marts.fct_bar_outcome where timeframe = '4h'"
    ).set_index("event_at")
    for hours in (24, 48, 168):
        outcome = rows.loc[rows["horizon_hours"] == hours, "forward_return_ratio"]
        expected = (prices.shift(-hours // 4) / prices - 1).dropna()
        pd.testing.assert_series_equal(outcome[expected.index], expected, check_names=False, check_freq=False)


def test_the_ranking_of_the_last_midnight_with_data_is_used_after_the_hole(query):
    (bar, *_) = query(
        "select event_at, top_venues_at, top5_venue_count, coverage_ratio, oi_top5_usd = oi_usd as is_whole "
        "from marts.fct_market_open_interest "
        f"where timeframe = '4h' and event_at >= timestamp '{FIRST_AFTER}' order by event_at"
    ).to_dict("records")
    midnights = query("select event_at from marts.fct_market_open_interest where timeframe = '1d'")["event_at"]
    assert bar["top_venues_at"] == midnights[midnights <= FIRST_AFTER].max() < pd.Timestamp(FIRST_AFTER.date())
    assert bar["top5_venue_count"] == 3
    assert bar["is_whole"]
    assert bar["coverage_ratio"] == pytest.approx(1, abs=1e-12)


def test_the_robust_baseline_of_the_last_midnight_with_data_is_used_after_the_hole(query):
    bars = query(
        "select event_at, oi_growth_ratio, velocity_robust_zscore, robust_baseline_at, velocity_status "
        "from marts.fct_oi_velocity where timeframe = '4h' order by 1"
    ).set_index("event_at")
    bar = bars.loc[FIRST_AFTER + timedelta(hours=4)]
    baseline_at = bar["robust_baseline_at"]
    assert LAST_BEFORE < baseline_at < pd.Timestamp(FIRST_AFTER.date())
    growth = bars["oi_growth_ratio"].dropna()
    month = growth[(growth.index > baseline_at - 30 * DAY) & (growth.index <= baseline_at)]
    deviation = 1.4826 * (month - month.median()).abs().median()
    assert bar["velocity_robust_zscore"] == pytest.approx((bar["oi_growth_ratio"] - month.median()) / deviation)


def test_an_incremental_build_equals_a_full_refresh(stepped, tmp_path):
    full = Settings(home=Path(shutil.copytree(stepped.home, tmp_path / "full")))
    build_models(full, is_full_refresh=True)
    assert differences(stepped.build_file, full.build_file) == []


@pytest.mark.parametrize("cut_at", STEPS[:-1])
def test_cutting_the_input_leaves_earlier_rows_unchanged(landed, stepped, tmp_path, cut_at):
    cut = Settings(home=tmp_path / "cut")
    _step(landed, cut, f"known_at <= '{cut_at}'", cut_at)
    build_models(cut)
    assert differences(cut.build_file, stepped.build_file, until=cut_at) == []
