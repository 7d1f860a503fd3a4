"""The analysts' queries on the published sample: each runs unchanged and returns the values of the simulated market.

The expected values come from ``sample_market``, which shares no code with the pipeline, and from the definitions in
the documentation.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sample_files import END
from sample_market import BARS_A_DAY, BARS_AN_HOUR, AssetMarket, simulate

from common.settings import PROJECT_ROOT
from warehouse.query import query

pytest_plugins = ["sample_support"]
pytestmark = pytest.mark.xdist_group("sample")

QUERIES = sorted((PROJECT_ROOT / "warehouse" / "queries").glob("*.sql"))
LAST = END.replace(tzinfo=None)
CASCADE_START = LAST - timedelta(hours=96)
EXCHANGE_VENUES = ("binance", "bybit", "hyperliquid")

COLUMNS = {
    "as_reported_against_ours": (
        "source scope venue symbol event_at oi_native native_unit reported_oi_usd sides oi_base "
        "oi_usd difference_usd difference_reason source_total_oi_usd methodology_id"
    ),
    "cascades_and_stabilization": (
        "source asset timeframe detected_by started_at event_at is_open long_liquidated_usd "
        "short_liquidated_usd dominant_side oi_before_base drawdown_24h_ratio stabilization_1h_ratio "
        "stabilization_4h_ratio stabilization_24h_ratio stabilization_48h_ratio recovered_24h_ratio "
        "is_absorbed_24h is_exhausted_24h verdict_24h"
    ),
    "cross_source_consistency": (
        "check_name series_a series_b venue asset verdict day_count first_day last_day pair_count "
        "median_ratio lowest_ratio highest_ratio"
    ),
    "data_coverage": (
        "source scope venue asset native_timeframe row_count instrument_count first_event_at last_event_at "
        "present_ratio quarantined_count"
    ),
    "findings": (
        "severity rule handling source series venue asset first_event_at last_event_at occurrence_count row_count "
        "observed_value expected_value oi_share_ratio signal_count explanation"
    ),
    "funding_against_oi": (
        "source asset event_at funding_8h_ratio funding_annualized_ratio funding_venue_count "
        "oi_growth_24h_ratio correlation_30d_ratio"
    ),
    "linear_against_inverse": (
        "source asset event_at oi_usd linear_oi_usd inverse_oi_usd inverse_share_ratio linear_oi_base inverse_oi_base"
    ),
    "long_short_asymmetry": (
        "source venue symbol basis event_at long_share_ratio short_share_ratio short_skew_ratio "
        "long_share_change_24h_ratio"
    ),
    "methodology_in_force": (
        "source scope venue settlement native_field native_unit sides sides_confidence price_used valid_from "
        "valid_to row_count first_event_at last_event_at methodology_id evidence"
    ),
    "oi_against_price": (
        "source asset event_at lookback oi_growth_ratio price_growth_ratio price_to_oi_growth_ratio "
        "is_price_outpacing_oi quadrant growth_status"
    ),
    "oi_to_market_cap": (
        "source asset event_at oi_usd market_cap_usd oi_to_market_cap_ratio oi_to_market_cap_percentile_365d_ratio "
        "percentile_status is_extreme supply_base supply_source supply_age_hours"
    ),
    "perpetual_against_dated": (
        "source asset event_at oi_usd perpetual_oi_usd dated_oi_usd dated_share_ratio perpetual_oi_base dated_oi_base"
    ),
    "position_sizing": (
        "source asset event_at direction entry_price_usd stop_price_usd size_base size_usd liquidation_20x_price_usd "
        "max_leverage"
    ),
    "price_outpacing_oi": (
        "source asset event_at price_growth_24h_ratio oi_growth_24h_ratio price_to_oi_growth_24h_ratio "
        "quadrant_24h price_growth_7d_ratio oi_growth_7d_ratio is_outpacing_7d"
    ),
    "top5_open_interest": (
        "source asset event_at oi_base oi_usd oi_top5_usd top5_venue_count top5_share_ratio top5_venues top_venues_at "
        "venue_count coverage_ratio"
    ),
    "velocity_extremes": (
        "source asset event_at oi_growth_ratio oi_growth_mean_ratio oi_growth_stddev_ratio velocity_zscore "
        "velocity_robust_zscore window_coverage_ratio price_growth_24h_ratio quadrant_24h"
    ),
    "venue_share_change": (
        "source asset venue event_at oi_base oi_usd oi_share_ratio oi_share_change_24h_ratio concentration_ratio"
    ),
    "venue_velocity_isolated": (
        "source asset venue event_at oi_growth_ratio velocity_zscore others_median_abs_zscore other_venue_count"
    ),
    "row_account": (
        "dataset source collector scope state reason row_count symbol_count symbols first_event_at last_event_at"
    ),
}

RunQuery = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def run_query(sample_run) -> RunQuery:
    """A function that returns the rows of a query by name. It opens the published file as an analyst does."""
    assert sample_run.exit_code == 0, sample_run.stderr

    def run(name: str) -> pd.DataFrame:
        sql = (PROJECT_ROOT / "warehouse" / "queries" / f"{name}.sql").read_text()
        with query(sample_run.published_file, sql) as result:
            return pd.DataFrame(list(result.rows), columns=list(result.columns))

    return run


@pytest.fixture(scope="module")
def btc() -> AssetMarket:
    return simulate(seed=7, days=45, end=END).assets["BTC"]


def only(rows: pd.DataFrame, **wanted: Any) -> pd.Series:
    """Return the one row with these values."""
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, f"{len(rows)} rows with {wanted}"
    return rows.iloc[0]


def exchange_oi_base(btc: AssetMarket) -> np.ndarray:
    return np.sum([btc.venues[venue].oi_base for venue in EXCHANGE_VENUES], axis=0)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_returns_the_columns_that_its_comment_explains(run_query, path: Path):
    rows = run_query(path.stem)

    assert list(rows.columns) == COLUMNS[path.stem].split()
    assert len(rows) > 0


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_begins_with_its_question_and_its_limits(path: Path):
    comment = path.read_text().split("\nwith\n")[0].split("\nselect\n")[0].splitlines()

    assert comment[0].startswith("-- ")
    assert comment[0].endswith("?")
    assert all(line.startswith("--") for line in comment if line)
    assert any(line.startswith("-- Not for: ") for line in comment)


def test_every_query_has_expected_columns():
    assert {path.stem for path in QUERIES} == set(COLUMNS)


def test_top5_open_interest(run_query, btc):
    newest = only(run_query("top5_open_interest"), event_at=LAST)

    assert newest["top5_venues"] == "binance, bybit, hyperliquid"
    assert newest["top5_venue_count"] == 3
    assert newest["top_venues_at"] == newest["event_at"]
    assert newest["top5_share_ratio"] == 1
    assert newest["oi_base"] == pytest.approx(exchange_oi_base(btc)[-1], rel=1e-4)


def test_venue_share_change(run_query, btc):
    rows = run_query("venue_share_change")

    def share(bar_end: int) -> float:
        usd = {
            venue: btc.venues[venue].oi_base[bar_end] * btc.venues[venue].price_usd[bar_end]
            for venue in EXCHANGE_VENUES
        }
        return usd["bybit"] / sum(usd.values())

    bybit = only(rows, venue="bybit")
    assert rows["oi_share_ratio"].sum() == pytest.approx(1)
    assert bybit["oi_share_ratio"] == pytest.approx(share(-1), abs=1e-5)
    assert bybit["oi_share_change_24h_ratio"] == pytest.approx(share(-1) - share(-1 - BARS_A_DAY), abs=2e-5)


def test_oi_against_price(run_query, btc):
    day = only(run_query("oi_against_price"), asset="BTC", lookback="24h")
    oi = exchange_oi_base(btc)

    assert day["oi_growth_ratio"] == pytest.approx(oi[-1] / oi[-1 - BARS_A_DAY] - 1, abs=1e-4)
    assert day["price_growth_ratio"] == pytest.approx(btc.price_usd[-1] / btc.price_usd[-1 - BARS_A_DAY] - 1, abs=2e-4)
    assert day["quadrant"] == "new_longs"


def test_position_sizing(run_query):
    rows = run_query("position_sizing")
    assert np.allclose(rows["size_usd"], 4000)
    longs, shorts = rows[rows["direction"] == "long"], rows[rows["direction"] == "short"]
    assert np.allclose(longs["liquidation_20x_price_usd"] / longs["entry_price_usd"], 0.95 / 0.995)
    assert np.allclose(longs["max_leverage"], 1 / (1 - 0.95 * 0.995))
    assert np.allclose(shorts["max_leverage"], 1 / (1.05 * 1.005 - 1))
    assert {*rows["source"]} == {"exchanges", "coinalyze", "coinglass"}


def test_price_outpacing_oi(run_query):
    rows = run_query("price_outpacing_oi")

    assert (rows["price_growth_24h_ratio"] > 3 * rows["oi_growth_24h_ratio"].clip(lower=0)).all()
    week = rows[rows["is_outpacing_7d"].eq(True)]
    assert (week["price_growth_7d_ratio"] > 3 * week["oi_growth_7d_ratio"].clip(lower=0)).all()


def test_velocity_extremes(run_query, btc):
    rows = run_query("velocity_extremes")
    hourly = exchange_oi_base(btc)[::BARS_AN_HOUR]
    rates = hourly[1:] / hourly[:-1] - 1
    bar = len(rates) - 96
    month_before = rates[bar - 720 : bar]

    first_of_cascade = only(rows, event_at=CASCADE_START + timedelta(hours=1))
    zscore = (rates[bar] - month_before.mean()) / month_before.std(ddof=1)
    assert first_of_cascade["velocity_zscore"] == pytest.approx(zscore, rel=1e-2)
    assert zscore < -5
    assert (rows["velocity_zscore"].abs() > 2).all()


def test_venue_velocity_isolated(run_query):
    # Hyperliquid alone grows for one hour, from 200 hours before the end, at 16:00.
    spike = only(run_query("venue_velocity_isolated"), venue="hyperliquid", event_at=LAST - timedelta(hours=196))

    assert spike["velocity_zscore"] > 5
    assert spike["others_median_abs_zscore"] < 1
    assert spike["other_venue_count"] == 6


def test_cascades_and_stabilization(run_query, btc):
    cascade = only(run_query("cascades_and_stabilization"), source="coinalyze", detected_by="liquidations, oi_drop")
    oi = btc.venues["binance"].oi_base
    start, end = (len(oi) - 1 - hours * BARS_AN_HOUR for hours in (96, 93))

    assert cascade["started_at"] == CASCADE_START
    assert cascade["event_at"] == CASCADE_START + timedelta(hours=3)
    assert cascade["oi_before_base"] == pytest.approx(oi[start], abs=0.001)
    for hours in (1, 4, 24, 48):
        held = oi[end + hours * BARS_AN_HOUR] / oi[end]
        assert cascade[f"stabilization_{hours}h_ratio"] == pytest.approx(held, abs=1e-7)
    assert cascade["verdict_24h"] == "absorbed"
    longs_usd = sum(
        btc.long_liquidated_base[bar : bar + BARS_AN_HOUR].sum() * btc.venues["binance"].price_usd[bar + BARS_AN_HOUR]
        for bar in range(start, end, BARS_AN_HOUR)
    )
    assert cascade["long_liquidated_usd"] == pytest.approx(longs_usd, rel=1e-4)


def test_funding_against_oi(run_query, btc):
    newest = only(run_query("funding_against_oi"), event_at=LAST)
    weighted, weights = 0.0, 0.0
    for venue_name, hours in (("binance", 8), ("bybit", 8), ("hyperliquid", 1)):
        venue = btc.venues[venue_name]
        # Settlements of the last day, without its first midnight and with its last.
        bar_ends = range(len(venue.oi_base) - 1, len(venue.oi_base) - 1 - BARS_A_DAY, -hours * BARS_AN_HOUR)
        for bar_end in bar_ends:
            weight = venue.oi_base[bar_end] * venue.price_usd[bar_end] * hours
            weighted += venue.funding_8h_ratio[bar_end] * weight
            weights += weight

    assert newest["funding_venue_count"] == 3
    assert newest["funding_8h_ratio"] == pytest.approx(weighted / weights, rel=1e-3)
    assert newest["funding_annualized_ratio"] == pytest.approx(newest["funding_8h_ratio"] * 1095)


def test_oi_to_market_cap(run_query, btc):
    newest = only(run_query("oi_to_market_cap"), asset="BTC", event_at=LAST)

    assert newest["market_cap_usd"] == pytest.approx(newest["supply_base"] * btc.price_usd[-1], rel=1e-3)
    assert newest["oi_to_market_cap_ratio"] == pytest.approx(newest["oi_usd"] / newest["market_cap_usd"])
    assert newest["percentile_status"] == "warmup"


def test_long_short_asymmetry(run_query, btc):
    accounts = only(run_query("long_short_asymmetry"), source="coinalyze", basis="accounts")
    long_share = btc.venues["binance"].long_share_ratio[-1]

    assert accounts["long_share_ratio"] == pytest.approx(long_share, abs=1e-4)
    assert accounts["short_skew_ratio"] == pytest.approx((1 - long_share) / long_share - 1, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "all_of_it", "nothing"),
    [
        ("perpetual_against_dated", "perpetual_oi_usd", "dated_share_ratio"),
        ("linear_against_inverse", "linear_oi_usd", "inverse_share_ratio"),
    ],
)
def test_sample_has_linear_perpetuals_only(run_query, name, all_of_it, nothing):
    rows = run_query(name)

    assert rows[all_of_it].to_numpy() == pytest.approx(rows["oi_usd"].to_numpy())
    assert rows[nothing].abs().max() == pytest.approx(0)


def test_as_reported_against_ours(run_query):
    rows = run_query("as_reported_against_ours").set_index("venue")

    assert rows["reported_oi_usd"].sum() == pytest.approx(rows["source_total_oi_usd"].iloc[0])
    assert rows.loc["bybit", "reported_oi_usd"] == pytest.approx(2 * rows.loc["bybit", "oi_usd"])
    assert rows.loc["bybit", "difference_reason"] == "reported counts both sides"
    assert rows.loc["binance", "difference_usd"] == 0


def test_cross_source_consistency(run_query):
    rows = run_query("cross_source_consistency")

    # The vendor's total of Binance is 1.25 times the perpetual; that of Hyperliquid is the perpetual alone.
    binance = only(rows, check_name="direct_and_vendor", series_a="exchanges", venue="binance", asset="BTC")
    hyperliquid = only(rows, check_name="direct_and_vendor", venue="hyperliquid", asset="BTC")
    assert (binance["verdict"], binance["median_ratio"]) == ("differs", pytest.approx(0.8, abs=1e-3))
    assert (hyperliquid["verdict"], hyperliquid["median_ratio"]) == ("consistent", pytest.approx(1, abs=1e-3))
    assert rows["verdict"].iloc[0] == "differs"


def test_data_coverage(run_query):
    rows = run_query("data_coverage")

    kucoin = only(rows, venue="kucoin", asset="BTC")
    # 271 bar ends, of which 90 are before the venue's first value and two are lost.
    assert kucoin["row_count"] == 271 - 90 - 2
    assert kucoin["first_event_at"] == pd.Timestamp("2026-05-01")
    assert kucoin["present_ratio"] == pytest.approx(179 / 181)
    bybit = only(rows, source="exchanges", venue="bybit", asset="BTC")
    assert (bybit["native_timeframe"], bybit["present_ratio"]) == ("15m", 1)
    assert rows["quarantined_count"].sum() == 0


def test_methodology_in_force(run_query):
    rows = run_query("methodology_in_force")

    assert dict(zip(rows["methodology_id"], rows["sides"], strict=True)) == {
        "binance_linear_sumOpenInterest": 1,
        "bybit_linear_openInterest": 2,
        "hyperliquid_linear_openInterest_usd": 2,
        "coinalyze_binance_linear_close": 1,
    } | {f"coinglass_{venue}_venue_total": 1 for venue in ("binance", "okx", "bitget", "gate", "kucoin")} | {
        f"coinglass_{venue}_venue_total": 2 for venue in ("bybit", "hyperliquid")
    }


def test_findings(run_query):
    rows = run_query("findings")
    btc = rows[rows["asset"] == "BTC"]

    # A renamed venue changes no number, so it has low severity, which the query leaves out.
    assert set(rows["severity"]) <= {"high", "medium"}
    assert "venue_renamed" not in set(rows["rule"])
    assert only(btc, rule="missing_bars")["row_count"] == 2
    kucoin = only(btc, rule="missing_venue")
    assert (kucoin["venue"], kucoin["row_count"]) == ("kucoin", 90)
