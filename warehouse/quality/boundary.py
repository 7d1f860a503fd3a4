"""The gate between raw and everything after it: judge what was loaded since the last completed build.

What belongs here: which frames are judged by which rules, and the results. What does not: the rules themselves.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.quality.expectations import Judge
from warehouse.quality.frames import columns_frame, observations_frame, row_frames
from warehouse.quality.results import FAILING_ROWS_SHOWN, CheckResult
from warehouse.quality.rules import FrameName, Rule
from warehouse.quality.suites import SUITES, Suite

if TYPE_CHECKING:
    import pandas as pd


def check_raw_boundary(
    con: duckdb.DuckDBPyConnection, *, since_load_sequence: int | None = None
) -> list[CheckResult]:
    """Judge every row loaded after ``since_load_sequence`` (default: the last completed build) by its dataset's suite.

    Returns one result per dataset and rule (``RULES``), in that order. Where nothing was loaded, everything passes.
    A dataset whose columns are wrong is not judged further: its other rules pass, and the wrong columns block.
    """
    if since_load_sequence is None:
        ((since_load_sequence,),) = con.execute("select coalesce(max(load_sequence), 0) from ops.build").fetchall()
    ((newest,),) = con.execute("select coalesce(max(load_sequence), 0) from ops.load_batch").fetchall()
    judge = Judge() if newest > since_load_sequence else None
    return [result for suite in SUITES.values() for result in _check(con, suite, since_load_sequence, judge)]


def _check(
    con: duckdb.DuckDBPyConnection, suite: Suite, since_load_sequence: int, judge: Judge | None
) -> Iterator[CheckResult]:
    failures = {rule.name: _Failures() for rule in suite.rules}
    if judge:
        _judge_suite(con, suite, since_load_sequence, judge, failures)
    for rule in suite.rules:
        found = failures[rule.name]
        yield CheckResult(
            name=rule.name,
            dataset=suite.dataset.name,
            is_passed=not found.count,
            is_blocking=rule.is_blocking,
            description=rule.description,
            failing_rows=found.rows,
            failing_count=found.count,
        )


class _Failures:
    """The failing rows of one rule over all frames."""

    def __init__(self) -> None:
        self.count = 0
        self.rows: list[dict[str, Any]] = []
