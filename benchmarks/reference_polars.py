"""The core metrics by hand in Polars: what somebody who knows Polars would write instead of the warehouse.

Semantics are those of docs/metrics: a missing bar is missing, growth is chain-linked over the instruments present at
both ends, the 30-day window excludes the bar itself. A series is one instrument; its bars are put on a regular grid,
so that lags and windows are row offsets.
"""

from pathlib import Path

import polars as pl

from benchmarks.timeframes import (
    EXTREME_ZSCORE,
    MINIMUM_COVERAGE,
    MINIMUM_STDDEV,
    SPANS,
    TIMEFRAMES,
    WINDOW_SECONDS,
)

_VENUE = ["source", "asset", "venue"]
_MARKET = ["source", "asset"]


def compute_metrics(rows_path: Path, output_dir: Path) -> None:
    """Read one-sided open interest per instrument and 5-minute bar, write the metrics as Parquet.

    ``venue.parquet``, ``market.parquet``, ``share.parquet`` and ``velocity.parquet``, all timeframes in each.
    """
    rows = pl.read_parquet(rows_path)
    series = rows.select("source", "venue", "symbol", "asset").unique().with_row_index("series_id")
    rows = rows.join(series, on=["source", "venue", "symbol", "asset"]).select(
        "series_id", "event_at", "oi_base", "oi_usd"
    )
    frames: dict[str, list[pl.LazyFrame]] = {"venue": [], "market": [], "share": [], "velocity": []}
    for timeframe, seconds in TIMEFRAMES.items():
        venue = _venue_levels(_bars(rows.lazy(), seconds), series.lazy(), seconds).collect(engine="streaming").lazy()
        market = _market_levels(venue).collect(engine="streaming").lazy()
        results = {
            "venue": _with_growth(venue, _VENUE),
            "market": _with_growth(market, _MARKET),
            "share": _share(venue, market),
            "velocity": _velocity(venue, seconds),
        }
        for name, frame in results.items():
            frames[name].append(frame.with_columns(timeframe=pl.lit(timeframe)))
    output_dir.mkdir(parents=True, exist_ok=True)
    for name, parts in frames.items():
        pl.concat(parts).sink_parquet(output_dir / f"{name}.parquet")


def _bars(rows: pl.LazyFrame, seconds: int) -> pl.LazyFrame:
    """The last value of each instrument in each bar (T - seconds, T]."""
    bar_at = (pl.col("event_at") - pl.duration(microseconds=1)).dt.truncate(f"{seconds}s") + pl.duration(seconds=seconds)
    last = pl.col("oi_base", "oi_usd").sort_by("event_at").last()
    return rows.group_by("series_id", bar_at.alias("bar_at")).agg(last)


def _on_grid(bars: pl.LazyFrame, key: list[str], seconds: int) -> pl.LazyFrame:
    """A row for every bar between a series' first and last, sorted by series and bar."""
    grid = (
        bars.group_by(key)
        .agg(pl.col("bar_at").min().alias("first_at"), pl.col("bar_at").max().alias("last_at"))
        .with_columns(bar_at=pl.datetime_ranges("first_at", "last_at", f"{seconds}s"))
        .drop("first_at", "last_at")
        .explode("bar_at")
    )
    return grid.join(bars, on=[*key, "bar_at"], how="left").sort(*key, "bar_at")


def _venue_levels(bars: pl.LazyFrame, series: pl.LazyFrame, seconds: int) -> pl.LazyFrame:
    """Levels per venue, and per span the sums over the instruments present at both ends."""
    lags = [
        pl.col("oi_base").shift(bars_back).over("series_id").alias(f"previous_{span}_base")
        for span, bars_back in _lags(seconds).items()
    ]
    linked = [
        pl.col("oi_base").filter(pl.col(f"previous_{span}_base").is_not_null()).sum().alias(f"linked_{span}_base")
        for span in _lags(seconds)
    ]
    return (
        _on_grid(bars, ["series_id"], seconds)
        .with_columns(lags)
        .filter(pl.col("oi_base").is_not_null())
        .join(series, on="series_id")
        .group_by(*_VENUE, "bar_at")
        .agg(pl.col("oi_base", "oi_usd", "^previous_.*$").sum(), *linked)
    )


def _lags(seconds: int) -> dict[str, int]:
    return {span: length // seconds or 1 for span, length in SPANS.items() if length % seconds == 0}


def _market_levels(venue: pl.LazyFrame) -> pl.LazyFrame:
    sums = pl.col("oi_base", "oi_usd", "^previous_.*$", "^linked_.*$").sum()
    return venue.group_by(*_MARKET, "bar_at").agg(sums, pl.len().alias("venue_count"))


def _growth(span: str) -> pl.Expr:
    """The sum over nothing is 0 in Polars: growth is NULL where no instrument was present at both ends."""
    previous = pl.col(f"previous_{span}_base")
    return pl.when(previous > 0).then(pl.col(f"linked_{span}_base") / previous - 1)


def _with_growth(levels: pl.LazyFrame, key: list[str]) -> pl.LazyFrame:
    present = levels.collect_schema().names()
    growth = [
        (_growth(span) if f"previous_{span}_base" in present else pl.lit(None, pl.Float64)).alias(f"growth_{span}")
        for span in SPANS
    ]
    counts = [name for name in ("venue_count",) if name in present]
    return levels.select(*key, pl.col("bar_at").alias("event_at"), "oi_base", "oi_usd", *counts, *growth)


def _share(venue: pl.LazyFrame, market: pl.LazyFrame) -> pl.LazyFrame:
    """Share of the market, its change over 24 hours where the venue is linked, and the concentration of the instant."""
    shares = venue.join(
        market.select(*_MARKET, "bar_at", pl.col("oi_usd").alias("market_usd")), on=[*_MARKET, "bar_at"]
    ).select(*_VENUE, "bar_at", "previous_24h_base", oi_share_ratio=pl.col("oi_usd") / pl.col("market_usd"))
    a_day_ago = shares.select(
        *_VENUE, pl.col("bar_at") + pl.duration(days=1), pl.col("oi_share_ratio").alias("share_a_day_ago")
    )
    concentration = shares.group_by(*_MARKET, "bar_at").agg(
        concentration_ratio=(pl.col("oi_share_ratio") ** 2).sum()
    )
    change = pl.when(pl.col("previous_24h_base") > 0).then(pl.col("oi_share_ratio") - pl.col("share_a_day_ago"))
    return (
        shares.join(a_day_ago, on=[*_VENUE, "bar_at"], how="left")
        .join(concentration, on=[*_MARKET, "bar_at"])
        .select(
            *_VENUE,
            pl.col("bar_at").alias("event_at"),
            "oi_share_ratio",
            change.alias("oi_share_change_24h_ratio"),
            "concentration_ratio",
        )
    )


def _velocity(venue: pl.LazyFrame, seconds: int) -> pl.LazyFrame:
    """The z-score of a bar's rate against the 30 days before it, the bar itself excluded."""
    bars = WINDOW_SECONDS // seconds
    rate = pl.col("rate")
    rates = venue.select(*_VENUE, "bar_at", rate=_growth("bar"), is_present=True)
    framed = _on_grid(rates, _VENUE, seconds).with_columns(
        rate.rolling_mean(bars, min_samples=1).shift(1).over(_VENUE).alias("mean"),
        rate.rolling_std(bars, min_samples=2).shift(1).over(_VENUE).alias("stddev"),
        (rate.is_not_null().cast(pl.UInt32).rolling_sum(bars, min_samples=1).shift(1).over(_VENUE) / bars)
        .fill_null(0)
        .alias("coverage"),
    )
    status = (
        pl.when(rate.is_null())
        .then(pl.lit("missing_input"))
        .when(pl.col("coverage") < MINIMUM_COVERAGE)
        .then(pl.lit("warmup"))
        .when(pl.col("stddev").fill_null(0) < MINIMUM_STDDEV)
        .then(pl.lit("zero_variance"))
        .otherwise(pl.lit("ok"))
    )
    zscore = pl.when(pl.col("velocity_status") == "ok").then((rate - pl.col("mean")) / pl.col("stddev"))
    return (
        framed.filter("is_present")
        .with_columns(velocity_status=status)
        .with_columns(velocity_zscore=zscore)
        .select(
            *_VENUE,
            pl.col("bar_at").alias("event_at"),
            pl.col("rate").alias("oi_rate_ratio"),
            pl.col("coverage").alias("window_coverage_ratio"),
            "velocity_status",
            "velocity_zscore",
            is_extreme=(pl.col("velocity_zscore").abs() > EXTREME_ZSCORE).fill_null(value=False),
        )
    )
