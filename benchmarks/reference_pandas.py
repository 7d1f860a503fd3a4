"""The core metrics written by hand in pandas, with the same meaning and output as the Polars version.

pandas uses one thread. Series are numbered once and put on a regular grid, so that lags are ``groupby.shift`` and
windows ``groupby.rolling`` by row count.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.timeframes import (
    EXTREME_ZSCORE,
    MAXIMUM_AGE_SECONDS,
    MINIMUM_COVERAGE,
    MINIMUM_STDDEV,
    SPANS,
    TIMEFRAMES,
    WINDOW_SECONDS,
    lags,
)


def compute_metrics(rows_path: Path, output_dir: Path) -> None:
    """Read one-sided open interest per instrument and 5-minute bar, write the metrics as Parquet.

    ``venue.parquet``, ``market.parquet``, ``share.parquet`` and ``velocity.parquet``, all timeframes in each.
    """
    rows = pd.read_parquet(rows_path).astype(dict.fromkeys(("source", "asset", "venue", "symbol"), "category"))
    series, venues, markets = _number_series(rows)
    frames: dict[str, list[pd.DataFrame]] = {"venue": [], "market": [], "share": [], "velocity": []}
    for timeframe, seconds in TIMEFRAMES.items():
        venue = _on_grid(_venue_levels(_bars(rows, seconds), series, seconds), "venue_id", seconds)
        present = venue["oi_base"].notna()
        market = _market_levels(venue[present])
        results = {
            "venue": (_with_growth(venue[present]).drop(columns="market_id"), venues),
            "market": (_with_growth(market), markets),
            "share": (_share(venue, market, seconds, present), venues),
            "velocity": (_velocity(venue, seconds, present), venues),
        }
        for name, (frame, names) in results.items():
            named = frame.join(names, on=names.index.name).drop(columns=names.index.name)
            frames[name].append(named.rename(columns={"bar_at": "event_at"}).assign(timeframe=timeframe))
    output_dir.mkdir(parents=True, exist_ok=True)
    for name, parts in frames.items():
        pd.concat(parts).to_parquet(output_dir / f"{name}.parquet", index=False)


def _number_series(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Number instruments (in place, ``series_id``), venues (source, asset, venue) and markets (source, asset)."""
    columns = ["source", "asset", "venue", "symbol"]
    rows["series_id"] = rows.groupby(columns, observed=True).ngroup()
    rows.sort_values(["series_id", "event_at"], inplace=True, ignore_index=True)
    series = rows.drop_duplicates("series_id").set_index("series_id")[columns]
    series["venue_id"] = series.groupby(columns[:3], observed=True).ngroup()
    series["market_id"] = series.groupby(columns[:2], observed=True).ngroup()
    venues = series.drop_duplicates("venue_id").set_index("venue_id")[columns[:3]]
    markets = series.drop_duplicates("market_id").set_index("market_id")[columns[:2]]
    return series, venues, markets


def _bars(rows: pd.DataFrame, seconds: int) -> pd.DataFrame:
    """Return the last value of each instrument in each bar (T - seconds, T], if not too old; ``rows`` are in order."""
    bar_at = rows["event_at"].dt.ceil(f"{seconds}s")
    is_level = bar_at - rows["event_at"] <= pd.Timedelta(seconds=MAXIMUM_AGE_SECONDS)
    bars = rows.loc[is_level, ["series_id", "oi_base", "oi_usd"]].assign(bar_at=bar_at[is_level])
    return bars.drop_duplicates(["series_id", "bar_at"], keep="last")


def _on_grid(bars: pd.DataFrame, key: str, seconds: int) -> pd.DataFrame:
    """Return a row for every bar between the first and the last of each series, in order."""
    span = bars.groupby(key)["bar_at"].agg(["min", "max"])
    step = pd.Timedelta(seconds=seconds)
    counts = ((span["max"] - span["min"]) // step + 1).to_numpy()
    offsets = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
    grid = pd.DataFrame(
        {
            key: np.repeat(span.index.to_numpy(), counts),
            "bar_at": np.repeat(span["min"].to_numpy(), counts) + offsets * step.to_timedelta64(),
        }
    )
    return grid.merge(bars, on=[key, "bar_at"], how="left")


def _venue_levels(bars: pd.DataFrame, series: pd.DataFrame, seconds: int) -> pd.DataFrame:
    """Return levels per venue in order, and per span the sums over the instruments that have values at both ends."""
    grid = _on_grid(bars, "series_id", seconds)
    levels = grid.groupby("series_id")["oi_base"]
    for span, back in lags(seconds).items():
        grid[f"previous_{span}"] = levels.shift(back)
        grid[f"linked_{span}"] = grid["oi_base"].where(grid[f"previous_{span}"].notna())
    grid = grid[grid["oi_base"].notna()].join(series[["venue_id", "market_id"]], on="series_id")
    return _sum_levels(grid.drop(columns="series_id"), ["venue_id", "market_id", "bar_at"])


def _sum_levels(levels: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return sums in the order of the key; the sum of no value is missing."""
    return levels.groupby(key).sum(min_count=1).reset_index()


def _market_levels(venue: pd.DataFrame) -> pd.DataFrame:
    counted = venue.drop(columns="venue_id").assign(venue_count=1)
    return _sum_levels(counted, ["market_id", "bar_at"])


def _growth(levels: pd.DataFrame, span: str) -> pd.Series:
    previous = levels[f"previous_{span}"]
    return levels[f"linked_{span}"] / previous.where(previous > 0) - 1


def _with_growth(levels: pd.DataFrame) -> pd.DataFrame:
    growth = {
        f"growth_{span}": _growth(levels, span) if f"previous_{span}" in levels else np.float64("nan") for span in SPANS
    }
    return levels.drop(columns=levels.filter(regex="^(previous|linked)_").columns).assign(**growth)


def _share(venue: pd.DataFrame, market: pd.DataFrame, seconds: int, present: pd.Series) -> pd.DataFrame:
    """Return the share of each venue, its change over 24 hours if the venue is linked, and the concentration."""
    key = ["market_id", "bar_at"]
    shares = venue[["venue_id", *key, "oi_usd", "previous_24h"]].merge(
        market[[*key, "oi_usd"]], on=key, how="left", suffixes=("", "_market")
    )
    shares["oi_share_ratio"] = shares["oi_usd"] / shares["oi_usd_market"]
    a_day_ago = shares.groupby("venue_id")["oi_share_ratio"].shift(lags(seconds)["24h"])
    shares["oi_share_change_24h_ratio"] = (shares["oi_share_ratio"] - a_day_ago).where(shares["previous_24h"] > 0)
    shares["square"] = shares["oi_share_ratio"] ** 2
    shares = shares[present]
    shares = shares.assign(concentration_ratio=shares.groupby(key)["square"].transform("sum"))
    return shares[["venue_id", "bar_at", "oi_share_ratio", "oi_share_change_24h_ratio", "concentration_ratio"]]


def _velocity(venue: pd.DataFrame, seconds: int, present: pd.Series) -> pd.DataFrame:
    """Return the z-score of a bar's growth against the 30 days before it, without the bar."""
    bars = WINDOW_SECONDS // seconds
    rate = _growth(venue, "bar")
    # ``closed="left"`` excludes the bar.
    window = rate.groupby(venue["venue_id"]).rolling(bars, min_periods=1, closed="left")
    mean, stddev, count = (
        statistic.droplevel(0).reindex(venue.index) for statistic in (window.mean(), window.std(), window.count())
    )
    coverage = count.fillna(0) / bars
    status = np.select(
        [rate.isna(), coverage < MINIMUM_COVERAGE, stddev.fillna(0) < MINIMUM_STDDEV],
        ["missing_input", "warmup", "zero_variance"],
        "ok",
    )
    zscore = ((rate - mean) / stddev).where(status == "ok")
    framed = venue[["venue_id", "bar_at"]].assign(
        oi_growth_ratio=rate,
        oi_growth_mean_ratio=mean,
        oi_growth_stddev_ratio=stddev,
        window_coverage_ratio=coverage,
        velocity_status=pd.Categorical(status),
        velocity_zscore=zscore,
        is_extreme=(zscore.abs() > EXTREME_ZSCORE).astype("boolean").where(zscore.notna()),
    )
    return framed[present]
