"""The core metrics written by hand in Polars, as a Polars user would write them without the warehouse.

The metrics are those of docs/metrics. A missing bar stays missing, and a level that is too old is missing. Growth is
chain-linked over the instruments that have values at both ends. The 30-day window excludes the bar. Series are numbered
once and their bars put on a regular grid in order, so that lags and windows are row offsets within a series.

The generated data needs less than the warehouse computes: all contracts are linear, so growth of coins is growth of
contracts, and no venue jumps far enough to be suspended.
"""

from pathlib import Path

import polars as pl

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
    rows = pl.read_parquet(rows_path)
    series = _number_series(rows)
    venues = series.select("venue_id", *_names("source", "asset", "venue")).unique()
    markets = series.select("market_id", *_names("source", "asset")).unique()
    rows = (
        rows.join(series, on=["source", "asset", "venue", "symbol"])
        .select("series_id", "event_at", "oi_base", "oi_usd")
        .sort("series_id", "event_at")
    )
    frames: dict[str, list[pl.LazyFrame]] = {"venue": [], "market": [], "share": [], "velocity": []}
    for timeframe, seconds in TIMEFRAMES.items():
        venue = _on_grid(_venue_levels(_bars(rows, seconds), series, seconds), "venue_id", seconds)
        market = _market_levels(venue)
        results = {
            "venue": (_with_growth(venue.lazy().filter(pl.col("oi_base").is_not_null())), venues),
            "market": (_with_growth(market.lazy()), markets),
            "share": (_share(venue, market, seconds), venues),
            "velocity": (_velocity(venue, seconds), venues),
        }
        for name, (frame, names) in results.items():
            named = names.lazy().join(frame, on=names.columns[0]).drop(names.columns[0])
            frames[name].append(named.with_columns(timeframe=pl.lit(timeframe)))
    output_dir.mkdir(parents=True, exist_ok=True)
    for name, parts in frames.items():
        pl.concat(parts).sink_parquet(output_dir / f"{name}.parquet")


def _number_series(rows: pl.DataFrame) -> pl.DataFrame:
    """Number instruments, venues (source, asset, venue) and markets (source, asset)."""
    series = rows.select("source", "asset", "venue", "symbol").unique().sort(pl.all())
    return series.with_columns(
        series_id=pl.int_range(pl.len(), dtype=pl.UInt32),
        venue_id=pl.struct("source", "asset", "venue").rank("dense"),
        market_id=pl.struct("source", "asset").rank("dense"),
    )


def _names(*columns: str) -> list[pl.Expr]:
    return [pl.col(column).cast(pl.Categorical) for column in columns]


def _bars(rows: pl.DataFrame, seconds: int) -> pl.DataFrame:
    """Return the last value of each instrument in each bar (T - seconds, T], if not too old; ``rows`` are in order."""
    just_before = pl.col("event_at") - pl.duration(microseconds=1)
    bar_at = just_before.dt.truncate(f"{seconds}s") + pl.duration(seconds=seconds)
    is_last = (pl.col("bar_at") != pl.col("bar_at").shift(-1)) | (pl.col("series_id") != pl.col("series_id").shift(-1))
    is_level = pl.col("bar_at") - pl.col("event_at") <= pl.duration(seconds=MAXIMUM_AGE_SECONDS)
    last = rows.lazy().with_columns(bar_at=bar_at).filter(is_level, is_last.fill_null(value=True))
    return last.select("series_id", "bar_at", "oi_base", "oi_usd").collect()


def _on_grid(bars: pl.DataFrame, key: str, seconds: int) -> pl.DataFrame:
    """Return a row for every bar from the first to the last of each series; input and result are in order."""
    return bars.upsample("bar_at", every=f"{seconds}s", group_by=key, maintain_order=True)


def _shifted(value: str | pl.Expr, bars_back: int, key: str) -> pl.Expr:
    column = pl.col(value) if isinstance(value, str) else value
    return pl.when(pl.col(key) == pl.col(key).shift(bars_back)).then(column.shift(bars_back))


def _venue_levels(bars: pl.DataFrame, series: pl.DataFrame, seconds: int) -> pl.DataFrame:
    """Return levels per venue in order, and per span the sums over the instruments that have values at both ends."""
    spans = lags(seconds)
    previous = {f"previous_{span}": _shifted("oi_base", back, "series_id") for span, back in spans.items()}
    linked = {f"linked_{span}": pl.when(pl.col(f"previous_{span}").is_not_null()).then("oi_base") for span in spans}
    return (
        _on_grid(bars, "series_id", seconds)
        .lazy()
        .with_columns(**previous)
        .filter(pl.col("oi_base").is_not_null())
        .with_columns(**linked)
        .join(series.lazy().select("series_id", "venue_id", "market_id"), on="series_id")
        .group_by("venue_id", "market_id", "bar_at")
        .agg(pl.col("oi_base", "oi_usd", "^previous_.*$", "^linked_.*$").sum())
        .sort("venue_id", "bar_at")
        .collect()
    )


def _market_levels(venue: pl.DataFrame) -> pl.DataFrame:
    return (
        venue.lazy()
        .filter(pl.col("oi_base").is_not_null())
        .group_by("market_id", "bar_at")
        .agg(pl.col("oi_base", "oi_usd", "^previous_.*$", "^linked_.*$").sum(), pl.len().alias("venue_count"))
        .collect()
    )


def _growth(span: str) -> pl.Expr:
    """Return growth over a span, NULL if no instrument has values at both ends: Polars' sum of no value is 0."""
    previous = pl.col(f"previous_{span}")
    return pl.when(previous > 0).then(pl.col(f"linked_{span}") / previous - 1)


def _with_growth(levels: pl.LazyFrame) -> pl.LazyFrame:
    columns = levels.collect_schema().names()
    growth = {
        f"growth_{span}": _growth(span) if f"previous_{span}" in columns else pl.lit(None, pl.Float64) for span in SPANS
    }
    kept = [name for name in ("venue_id", "market_id", "oi_base", "oi_usd", "venue_count") if name in columns]
    if "venue_id" in columns:
        kept.remove("market_id")
    return levels.select(*kept, pl.col("bar_at").alias("event_at"), **growth)


def _share(venue: pl.DataFrame, market: pl.DataFrame, seconds: int) -> pl.LazyFrame:
    """Return the share of each venue, its change over 24 hours if the venue is linked, and the concentration."""
    share = pl.col("oi_share_ratio")
    shares = (
        venue.lazy()
        .select("venue_id", "market_id", "bar_at", "oi_usd", "previous_24h")
        .join(
            market.lazy().select("market_id", "bar_at", market_usd="oi_usd"),
            on=["market_id", "bar_at"],
            how="left",
            maintain_order="left",
        )
        .with_columns(oi_share_ratio=pl.col("oi_usd") / pl.col("market_usd"))
        .with_columns(
            oi_share_change_24h_ratio=pl.when(pl.col("previous_24h") > 0).then(
                share - _shifted(share, lags(seconds)["24h"], "venue_id")
            )
        )
        .filter(pl.col("oi_usd").is_not_null())
    )
    concentration = shares.group_by("market_id", "bar_at").agg(concentration_ratio=(share**2).sum())
    return shares.join(concentration, on=["market_id", "bar_at"]).select(
        "venue_id",
        pl.col("bar_at").alias("event_at"),
        "oi_share_ratio",
        "oi_share_change_24h_ratio",
        "concentration_ratio",
    )


def _velocity(venue: pl.DataFrame, seconds: int) -> pl.LazyFrame:
    """Return the z-score of a bar's growth against the 30 days before it, without the bar."""
    bars = WINDOW_SECONDS // seconds
    rate = pl.col("oi_growth_ratio")
    present = rate.is_not_null().cast(pl.Float64)
    framed = (
        venue.lazy()
        .select("venue_id", "bar_at", "oi_base", oi_growth_ratio=_growth("bar"))
        .with_columns(
            mean=rate.rolling_mean(bars, min_samples=1).shift(1).over("venue_id"),
            stddev=rate.rolling_std(bars, min_samples=2).shift(1).over("venue_id"),
            window_coverage_ratio=present.rolling_sum(bars, min_samples=1).shift(1, fill_value=0).over("venue_id")
            / bars,
        )
        .filter(pl.col("oi_base").is_not_null())
    )
    status = (
        pl.when(rate.is_null())
        .then(pl.lit("missing_input"))
        .when(pl.col("window_coverage_ratio") < MINIMUM_COVERAGE)
        .then(pl.lit("warmup"))
        .when(pl.col("stddev").fill_null(0) < MINIMUM_STDDEV)
        .then(pl.lit("zero_variance"))
        .otherwise(pl.lit("ok"))
    )
    zscore = pl.when(pl.col("velocity_status") == "ok").then((rate - pl.col("mean")) / pl.col("stddev"))
    return (
        framed.with_columns(velocity_status=status)
        .with_columns(velocity_zscore=zscore)
        .select(
            "venue_id",
            pl.col("bar_at").alias("event_at"),
            "oi_growth_ratio",
            pl.col("mean").alias("oi_growth_mean_ratio"),
            pl.col("stddev").alias("oi_growth_stddev_ratio"),
            "window_coverage_ratio",
            "velocity_status",
            "velocity_zscore",
            is_extreme=pl.col("velocity_zscore").abs() > EXTREME_ZSCORE,
        )
    )
