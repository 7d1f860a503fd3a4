"""The marts of the recorded data, compared with figures that this module calculates from the files.

The calculation uses pandas and numpy, not the SQL of the product: levels, growth and z-scores.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from common.settings import Settings
from warehouse.connection import open_read_only

SECONDS = {"5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
WINDOW_SECONDS = 30 * 86400
# Venues for which Coinglass has the sum of both sides (evidence in the methodology seed).
TWO_SIDED = ("BYBIT", "HYPERLIQUID")


@pytest.fixture(scope="module")
def query(real_home: Settings) -> Iterator[Callable[[str], pd.DataFrame]]:
    """Run SQL on the warehouse of all recorded data."""
    with open_read_only(real_home.build_file, missing="build it") as con:
        yield lambda sql: con.execute(sql).df()


def close(actual: pd.Series, expected: pd.Series) -> None:
    """Assert that both have the same missing values, and that the other values agree to 1e-9."""
    np.testing.assert_allclose(
        actual.to_numpy(dtype=float), expected.to_numpy(dtype=float), rtol=1e-9, atol=1e-9, equal_nan=True
    )


# -- the files, read here


def coinglass_venues(root: Path, asset: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return one-sided open interest in coins (a column per venue, a row per 4h bar end), and the price."""
    raw = pd.read_parquet(root / f"coinglass/oi_by_exchange_4h_{asset}.parquet")
    raw.index = pd.to_datetime(raw.pop("timestamp"), unit="ms")
    price = raw.pop("price")
    usd = raw.drop(columns=["snapshot_commit", "GATE.IO"])
    usd["GATE"] = usd["GATE"].fillna(raw["GATE.IO"])
    for venue in TWO_SIDED:
        usd[venue] /= 2
    return usd.div(price, axis=0), price


def coinalyze_hours(root: Path, asset: str) -> pd.DataFrame:
    """Return Binance's perpetual by end of the hour (UTC): open interest in coins, close, liquidated coins per side."""

    def read(kind: str, columns: dict[int, str]) -> pd.DataFrame:
        raw = pd.read_csv(root / f"coinalyze/{asset}USDT_PERP.A_{kind}-history.csv", header=None, parse_dates=[0])
        raw.index = raw[0] - pd.Timedelta(hours=6) + pd.Timedelta(hours=1)
        return raw[list(columns)].rename(columns=columns)[~raw.index.duplicated()]

    return pd.concat(
        [
            read("open-interest", {4: "oi_base"}),
            read("ohlcv", {4: "close_usd"}),
            read("liquidation", {1: "long_base", 2: "short_base"}),
        ],
        axis=1,
    ).sort_index()


# -- the formulas, written here


def chain_linked_growth(levels: pd.DataFrame, seconds: int) -> pd.Series:
    """Return the growth over each bar of the full grid, over the columns that have a value at both ends."""
    grid = levels.asfreq(pd.Timedelta(seconds=seconds))
    before = grid.shift(1)
    linked = grid.notna() & before.notna()
    return grid[linked].sum(axis=1, min_count=1) / before[linked].sum(axis=1, min_count=1) - 1


def zscores(growth: pd.Series, seconds: int) -> pd.Series:
    """Return (growth - mean) / deviation over the 30 days before each bar; NaN with fewer than 70 % of their bars."""
    bars = WINDOW_SECONDS // seconds
    before = sliding_window_view(np.concatenate([np.full(bars, np.nan), growth.to_numpy()[:-1]]), bars)
    count = np.isfinite(before).sum(axis=1)
    enough = count >= 0.7 * bars
    result = np.full(len(growth), np.nan)
    mean = np.nanmean(before[enough], axis=1)
    deviation = np.nanstd(before[enough], axis=1, ddof=1)
    moved = deviation >= 1e-12
    result[enough] = np.where(moved, (growth.to_numpy()[enough] - mean) / np.where(moved, deviation, 1), np.nan)
    return pd.Series(result, index=growth.index)


# -- vendor's total, sides


def test_as_reported_total_of_the_venues_equals_the_vendors_total(
    query: Callable[[str], pd.DataFrame], shared_data: Path
):
    total = pd.read_parquet(shared_data / "coinglass/oi_all_exchanges_ohlc_4h_BTC.parquet")
    total.index = pd.to_datetime(total["time"], unit="ms")
    vendor_total_usd = total.loc["2025-07-15 00:00", "open"]
    ours = query(
        "select * from quality.dq_open_interest_as_reported where source = 'coinglass' and scope = 'venue_total' "
        "and asset = 'BTC' and event_at = timestamp '2025-07-15'"
    )
    assert len(ours) == 21
    assert ours["reported_oi_usd"].sum() == pytest.approx(vendor_total_usd, rel=0.01)
    assert (ours["source_total_oi_usd"] == vendor_total_usd).all()
    # One-sided open interest of the two-sided venues is half of the vendor's number.
    assert ours["oi_usd"].sum() < 0.95 * vendor_total_usd


def test_bybit_is_halved_and_both_numbers_are_stored(query: Callable[[str], pd.DataFrame], shared_data: Path):
    raw = pd.read_parquet(shared_data / "coinglass/oi_by_exchange_4h_BTC.parquet").set_index("timestamp")
    reported_usd = raw.loc[pd.Timestamp("2025-07-15").value // 10**6, "BYBIT"]
    (row,) = query(
        "select * from quality.dq_open_interest_as_reported where source = 'coinglass' and venue = 'bybit' "
        "and asset = 'BTC' and event_at = timestamp '2025-07-15'"
    ).to_dict("records")
    assert (row["reported_oi_usd"], row["oi_usd"], row["sides"]) == (reported_usd, reported_usd / 2, 2)
    assert row["difference_reason"] == "reported counts both sides"
    (core,) = query(
        "select oi_usd from core.fct_venue_total_open_interest where source = 'coinglass' and venue = 'bybit' "
        "and asset = 'BTC' and event_at = timestamp '2025-07-15'"
    )["oi_usd"]
    assert core == reported_usd / 2


# -- the crash of 2024-08-05


def expected_cascades(hours: pd.DataFrame) -> list[pd.DatetimeIndex]:
    """Return the ends of the bars of each liquidation cascade."""
    usd = (hours["long_base"] + hours["short_base"]) * hours["close_usd"]
    seen = usd.dropna()
    window = seen.rolling("30D", closed="left")
    is_usual_known = window.count() >= 0.7 * WINDOW_SECONDS / 3600
    usual = pd.Series(
        [seen[(seen.index >= at - pd.Timedelta(days=30)) & (seen.index < at)].quantile(0.99) for at in seen.index],
        index=seen.index,
    )
    oi_usd = (hours["oi_base"] * hours["close_usd"]).reindex(seen.index)
    is_hot = is_usual_known & (seen > usual) & (seen > 0.001 * oi_usd)
    hot = seen.index[is_hot]
    starts = np.flatnonzero(np.diff(hot, prepend=pd.Timestamp(0)) > np.timedelta64(1, "h"))
    return [hot[start:end] for start, end in zip(starts, [*starts[1:], len(hot)], strict=True)]


def test_the_crash_is_a_cascade_with_its_stabilization(query: Callable[[str], pd.DataFrame], shared_data: Path):
    hours = coinalyze_hours(shared_data, "BTC")
    cascades = expected_cascades(hours)
    ours = query(
        "select * from marts.fct_liquidation_cascade where source = 'coinalyze' and asset = 'BTC' and timeframe = '1h' "
        "and detected_by <> 'oi_drop' order by started_at"
    )
    # A fall of open interest may lengthen a cascade of the feed; it never splits one or adds to its liquidated USD.
    assert len(ours) == len(cascades)
    for bars, cascade in zip(cascades, ours.to_dict("records"), strict=True):
        assert cascade["started_at"] < bars[0] <= bars[-1] <= cascade["event_at"]
        if cascade["detected_by"] == "liquidations":
            assert (cascade["event_at"], cascade["bar_count"]) == (bars[-1], len(bars))
    hour = pd.Timedelta(hours=1)
    crashes = [bars for bars in cascades if bars[0].date().isoformat() == "2024-08-05"]
    assert len(crashes) == 3
    # Both detectors see the first two falls of the day: one cascade each.
    of_the_day = ours[ours["started_at"].dt.date.astype(str) == "2024-08-05"]
    assert list(of_the_day["detected_by"]) == ["liquidations, oi_drop", "liquidations, oi_drop", "liquidations"]
    assert list(of_the_day["bar_count"]) == [len(bars) for bars in crashes]
    assert list(of_the_day["event_at"]) == [bars[-1] for bars in crashes]
    for bars in crashes:
        (cascade,) = ours[ours["started_at"] == bars[0] - hour].to_dict("records")
        assert cascade["dominant_side"] == "long"
        long_usd = (hours["long_base"] * hours["close_usd"])[bars].sum()
        assert cascade["long_liquidated_usd"] == pytest.approx(long_usd, rel=1e-9)
        rows = query(
            "select * from marts.fct_post_liquidation_stabilization where cascade_id = "
            f"'{cascade['cascade_id']}' order by horizon_hours"
        )
        assert list(rows["horizon_hours"]) == [1, 4, 24, 48]
        started_at, ended_at = bars[0] - hour, bars[-1]
        before, end = hours["oi_base"][started_at], hours["oi_base"][ended_at]
        for row in rows.to_dict("records"):
            horizon_at = ended_at + row["horizon_hours"] * hour
            trough = hours["oi_base"][started_at + hour : horizon_at].min()
            at_horizon = hours["oi_base"][horizon_at]
            assert row["drawdown_ratio"] == pytest.approx(trough / before - 1, abs=1e-9)
            assert row["stabilization_ratio"] == pytest.approx(at_horizon / end, abs=1e-9)
            # The ratio is missing when open interest did not fall.
            recovered = (at_horizon - trough) / (before - trough) if trough < before else np.nan
            assert row["recovered_ratio"] == pytest.approx(recovered, abs=1e-9, nan_ok=True)
            assert row["change_from_before_ratio"] == pytest.approx(at_horizon / before - 1, abs=1e-9)
            is_absorbed = at_horizon / end >= 0.99
            is_exhausted = row["horizon_hours"] == 24 and -0.15 <= at_horizon / before - 1 <= -0.1
            expected = "absorbed" if is_absorbed else "exhausted" if is_exhausted else "unwinding"
            assert row["verdict"] == expected
            assert row["is_absorbed"] == is_absorbed
            assert (row["is_exhausted"] == is_exhausted) if row["horizon_hours"] == 24 else pd.isna(row["is_exhausted"])


# -- velocity


def velocity(query: Callable[[str], pd.DataFrame], source: str, asset: str, timeframe: str) -> pd.DataFrame:
    return query(
        "select event_at, oi_growth_ratio, velocity_zscore, velocity_status from marts.fct_oi_velocity where "
        f"source = '{source}' and asset = '{asset}' and timeframe = '{timeframe}' order by event_at"
    ).set_index("event_at")


def assert_velocity(ours: pd.DataFrame, levels: pd.DataFrame, seconds: int) -> int:
    growth = chain_linked_growth(levels, seconds)
    present = levels.dropna(how="all").index
    assert list(ours.index) == list(present)
    close(ours["oi_growth_ratio"], growth[present])
    close(ours["velocity_zscore"], zscores(growth, seconds)[present])
    return int(ours["velocity_zscore"].notna().sum())


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_velocity_of_coinalyze_equals_the_files(query: Callable[[str], pd.DataFrame], shared_data: Path, asset: str):
    levels = coinalyze_hours(shared_data, asset)[["oi_base"]].dropna()
    assert assert_velocity(velocity(query, "coinalyze", asset, "1h"), levels, 3600) > 900


@pytest.mark.parametrize("asset", ["BTC", "ETH", "XRP"])
def test_velocity_of_coinglass_equals_the_files(query: Callable[[str], pd.DataFrame], shared_data: Path, asset: str):
    levels, _ = coinglass_venues(shared_data, asset)
    assert assert_velocity(velocity(query, "coinglass", asset, "4h"), levels, 14400) > 300


def test_velocity_of_every_series_equals_core(query: Callable[[str], pd.DataFrame]):
    core = query(
        "select source, asset, venue, symbol, methodology_id, event_at, native_timeframe, is_15m_grain, is_4h_grain, "
        "oi_base from core.fct_open_interest where not is_quarantined and oi_base is not null "
        "union all select source, asset, venue, asset, methodology_id, event_at, native_timeframe, "
        "native_timeframe = '15m', native_timeframe = '4h', oi_base from core.fct_venue_total_open_interest "
        "where not is_quarantined and oi_base is not null"
    )
    core["seconds"] = core["native_timeframe"].map(SECONDS)
    series = query("select distinct source, asset, timeframe from marts.fct_oi_velocity order by all")
    assert len(series) > 20
    compared = 0
    for source, asset, timeframe in series.itertuples(index=False):
        seconds = SECONDS[timeframe]
        rows = core[(core["source"] == source) & (core["asset"] == asset) & (core["seconds"] <= seconds)]
        if timeframe in ("15m", "4h"):
            rows = rows[rows[f"is_{timeframe}_grain"]]
        rows = rows.assign(bar_at=rows["event_at"].dt.ceil(f"{seconds}s")).sort_values("event_at")
        last = rows.groupby(["venue", "symbol", "bar_at"], as_index=False).last()
        levels = last.pivot_table(index="bar_at", columns=["venue", "symbol", "methodology_id"], values="oi_base")
        compared += assert_velocity(velocity(query, source, asset, timeframe), levels, seconds)
    assert compared > 10_000


# -- two sources of one number, new venues


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_hyperliquid_from_two_sources_agrees(query: Callable[[str], pd.DataFrame], asset: str):
    pairs = query(
        "select vendor.oi_usd / direct.oi_usd as ratio from core.fct_venue_total_open_interest as vendor "
        "inner join core.fct_open_interest as direct using (venue, asset, event_at) "
        f"where vendor.source = 'coinglass' and direct.source = 'exchanges' and asset = '{asset}' "
        "and venue = 'hyperliquid'"
    )
    assert len(pairs) > 400
    assert pairs["ratio"].median() == pytest.approx(1, abs=0.01)


def test_a_new_venue_changes_the_level_and_not_growth(query: Callable[[str], pd.DataFrame], shared_data: Path):
    levels, _ = coinglass_venues(shared_data, "BTC")
    appeared_at = levels["KUCOIN"].first_valid_index()
    assert appeared_at == pd.Timestamp("2025-06-21 16:00")
    ours = query(
        "select event_at, oi_base, venue_count, oi_growth_ratio from marts.fct_market_open_interest "
        "where source = 'coinglass' and asset = 'BTC' and timeframe = '4h' order by event_at"
    ).set_index("event_at")
    before, after = ours[:appeared_at].iloc[-2:].to_dict("records")
    assert after["venue_count"] == before["venue_count"] + 1
    assert after["oi_base"] == pytest.approx(levels.loc[appeared_at].sum(), rel=1e-9)
    others = levels.drop(columns="KUCOIN").sum(axis=1)[:appeared_at].iloc[-2:]
    assert after["oi_growth_ratio"] == pytest.approx(others.iloc[1] / others.iloc[0] - 1, abs=1e-9)
    assert after["oi_base"] / before["oi_base"] - 1 > after["oi_growth_ratio"] + 0.005
