"""Properties that the marts keep on real data: incremental equals full, no look-ahead, idempotent."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from marts_support import build_home, differences, ingest_everything, land_where, load_everything

from ingestion.settings import Settings

# Vendor and direct data, levels and flows, one and many venues, jittered settlements: enough to reach every model.
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
    "bybit_15m_open_interest",
    "bybit_15m_candle",
)
# Each day of these is a step of its own; what lies before and between them arrives in bulk.
DAILY_STEPS = ("2024-08-04", "2024-08-05", "2024-08-06", "2025-07-11", "2025-07-12", "2026-05-23", "2026-05-24")


def _steps() -> list[tuple[datetime, datetime]]:
    """Return (from, to) of every load: bulk up to the first day, the day, bulk up to the next day, and so on."""
    days = [datetime.fromisoformat(day) for day in DAILY_STEPS]
    edges = sorted({day + timedelta(days=shift) for day in days for shift in (0, 1)})
    return list(zip([datetime(2015, 1, 1), *edges[:-1]], edges, strict=True))


@pytest.fixture(scope="module")
def stepped_home(real_home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that was loaded and built in daily steps, then given a late, restated day of the past."""
    settings = Settings(home=tmp_path_factory.mktemp("stepped"))
    for start, end in _steps():
        _step(real_home, settings, f"known_at >= '{start}' and known_at < '{end}'", str(start), end)
    return settings


def _step(real_home: Settings, settings: Settings, condition: str, label: str, observed_at: datetime) -> None:
    landed = land_where(
        real_home.landing_dir, settings.landing_dir, COLLECTORS, condition, label=label, observed_at=observed_at
    )
    assert landed
    load_everything(settings)
    build_home(settings)


def _refreshed(settings: Settings, home: Path) -> Settings:
    """Return a copy of a home in which every table was built anew."""
    copy = Settings(home=shutil.copytree(settings.home, home))
    assert build_home(copy, is_full_refresh=True).is_full_refresh
    return copy


def test_an_incremental_build_in_daily_steps_equals_a_full_refresh(
    real_home: Settings, stepped_home: Settings, tmp_path: Path
):
    with duckdb.connect(str(stepped_home.build_file), read_only=True) as con:
        builds = con.execute("select is_full_refresh from ops.build order by finished_at").fetchall()
    assert builds == [(True,), *[(False,)] * (len(_steps()) - 1)]
    assert differences(stepped_home.build_file, _refreshed(stepped_home, tmp_path / "full").build_file) == []
