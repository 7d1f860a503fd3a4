"""Compare every row and value of the hand-written metrics with the warehouse, to 1e-9.

A difference is relative for values above one, and absolute for smaller ones. A row or value that is missing on one side
only counts as a mismatch.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.timeframes import SPANS

TOLERANCE = 1e-9
_GROWTH = tuple(f"growth_{span}" for span in SPANS)


@dataclass(frozen=True)
class Output:
    """One table of results: the query of the warehouse's rows, the key, and the columns to compare.

    ``numbers`` are compared to the tolerance, ``exact`` columns for equality.
    """

    query: str
    key: tuple[str, ...]
    numbers: tuple[str, ...]
    exact: tuple[str, ...] = ()


_VENUE_KEY = ("source", "asset", "venue", "timeframe", "event_at")
_MARKET_KEY = ("source", "asset", "timeframe", "event_at")

OUTPUTS = {
    "venue": Output(
        "select *, "
        + ", ".join(f"linked_{span}_base / nullif(previous_{span}_base, 0) - 1 as growth_{span}" for span in SPANS)
        + " from marts.fct_venue_open_interest",
        _VENUE_KEY,
        ("oi_base", "oi_usd", *_GROWTH),
    ),
    "market": Output(
        "select *, oi_growth_ratio as growth_bar, "
        + ", ".join(f"oi_growth_{span}_ratio as growth_{span}" for span in SPANS if span != "bar")
        + " from marts.fct_market_open_interest",
        _MARKET_KEY,
        ("oi_base", "oi_usd", *_GROWTH),
        ("venue_count",),
    ),
    "share": Output(
        "select * from marts.fct_venue_share",
        _VENUE_KEY,
        ("oi_share_ratio", "oi_share_change_24h_ratio", "concentration_ratio"),
    ),
    "velocity": Output(
        "select * from marts.fct_venue_oi_velocity",
        _VENUE_KEY,
        (
            "oi_growth_ratio",
            "oi_growth_mean_ratio",
            "oi_growth_stddev_ratio",
            "window_coverage_ratio",
            "velocity_zscore",
        ),
        ("velocity_status", "is_extreme"),
    ),
}


def compare_outputs(con: duckdb.DuckDBPyConnection, output_dir: Path) -> dict[str, dict[str, Any]]:
    """Compare each file of ``output_dir`` with the warehouse's table.

    Per output: ``rows``, ``compared_values`` (numbers present on both sides), ``mismatches`` (rows or values
    that are on one side only, and exact columns that differ) and ``max_difference``.
    """
    return {name: compare_output(con, output, output_dir / f"{name}.parquet") for name, output in OUTPUTS.items()}


def is_agreed(comparison: dict[str, dict[str, Any]]) -> bool:
    """Return whether every output has rows, no mismatch, and differences within the tolerance only."""
    return all(
        result["rows"] > 0 and result["mismatches"] == 0 and result["max_difference"] <= TOLERANCE
        for result in comparison.values()
    )


def compare_output(con: duckdb.DuckDBPyConnection, output: Output, path: Path) -> dict[str, Any]:
    """Compare one file with the warehouse's table (see :func:`compare_outputs`)."""
    present = [f"count(ours.{name} - theirs.{name})" for name in output.numbers]
    one_sided = [f"count_if((ours.{name} is null) <> (theirs.{name} is null))" for name in output.numbers]
    unequal = [f"count_if(ours.{name} is distinct from theirs.{name})" for name in output.exact]
    differences = [
        f"coalesce(max(abs(ours.{name} - theirs.{name}) / greatest(1, abs(ours.{name}))), 0)" for name in output.numbers
    ]
    # The full join leaves the time of a missing row NULL.
    unmatched = "count_if(ours.event_at is null or theirs.event_at is null)"
    row = con.execute(
        f"select count(*), {' + '.join(present)}, {' + '.join([unmatched, *one_sided, *unequal])}, "
        f"greatest({', '.join(differences)}) "
        f"from ({output.query}) as ours full join read_parquet($path) as theirs "
        f"on {' and '.join(f'ours.{name} = theirs.{name}' for name in output.key)}",
        {"path": str(path)},
    ).fetchall()[0]
    return dict(zip(("rows", "compared_values", "mismatches", "max_difference"), row, strict=True))
