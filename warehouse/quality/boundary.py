"""The check between the raw tables and dbt: it judges the rows that were loaded since the last completed build.

What belongs here: which rules judge which frames, and the results. What does not: the rules (suites.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import duckdb

from warehouse.connection import open_build
from warehouse.quality.expectations import Judge
from warehouse.quality.raw_frames import columns_frame, observations_frame, row_frames
from warehouse.quality.results import FAILING_ROWS_SHOWN, CheckResult
from warehouse.quality.rules import FrameName, Rule
from warehouse.quality.suites import SUITES, Suite

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class _Findings:
    """The failures of one rule over all frames; ``is_judged`` is False if its frame could not be made."""

    count: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    is_judged: bool = True


def check_new_rows(build_file: Path) -> list[CheckResult]:
    """Judge the rows of ``build_file`` that no completed build includes; see ``check_raw_boundary``."""
    with open_build(build_file) as con:
        return check_raw_boundary(con)


def check_raw_boundary(con: duckdb.DuckDBPyConnection, *, since_load_sequence: int | None = None) -> list[CheckResult]:
    """Judge every row loaded after ``since_load_sequence`` (default: the last completed build) by its dataset's suite.

    Returns one result per dataset and rule, in the order of ``RULES``. A dataset without new rows passes. If the
    columns of a table are wrong, that rule blocks. The other rules of the dataset then fail as not judged and do not
    block.
    """
    if since_load_sequence is None:
        ((since_load_sequence,),) = con.execute("select coalesce(max(load_sequence), 0) from ops.build").fetchall()
    changed = [suite for suite in SUITES.values() if _has_new_rows(con, suite, since_load_sequence)]
    judge = Judge() if changed else None
    results: list[CheckResult] = []
    for suite in SUITES.values():
        findings = {rule.name: _Findings() for rule in suite.rules}
        if judge and suite in changed:
            _judge_suite(con, suite, since_load_sequence, judge, findings)
        results += [_result(suite, rule, findings[rule.name]) for rule in suite.rules]
    return results


def _has_new_rows(con: duckdb.DuckDBPyConnection, suite: Suite, since_load_sequence: int) -> bool:
    found = con.execute(
        f"select 1 from raw.{suite.dataset.name} where load_sequence > ? limit 1", [since_load_sequence]
    ).fetchall()
    return bool(found)


def _judge_suite(
    con: duckdb.DuckDBPyConnection,
    suite: Suite,
    since_load_sequence: int,
    judge: Judge,
    findings: dict[str, _Findings],
) -> None:
    rules = {frame: [rule for rule in suite.rules if rule.frame == frame] for frame in get_args(FrameName)}
    _judge_frames([columns_frame(con, suite.dataset)], rules["columns"], judge, findings)
    if any(findings[rule.name].count for rule in rules["columns"]):
        for rule in (*rules["rows"], *rules["observations"]):
            findings[rule.name].is_judged = False
        return
    _judge_frames(row_frames(con, suite, since_load_sequence), rules["rows"], judge, findings)
    _judge_frames([observations_frame(con, suite.dataset, since_load_sequence)], rules["observations"], judge, findings)


def _judge_frames(
    frames: Iterable["pd.DataFrame"], rules: Sequence[Rule], judge: Judge, findings: dict[str, _Findings]
) -> None:
    for frame in frames:
        for name, verdict in judge.judge(frame, rules).items():
            found = findings[name]
            found.count += verdict.failing_count
            wanted = verdict.positions[: FAILING_ROWS_SHOWN - len(found.rows)]
            if wanted:
                found.rows += _json_rows(frame.iloc[list(wanted)])


def _json_rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows as JSON values: times in ISO form, missing values as None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in rows
    ]


def _result(suite: Suite, rule: Rule, found: _Findings) -> CheckResult:
    return CheckResult(
        name=rule.name,
        dataset=suite.dataset.name,
        is_passed=found.is_judged and not found.count,
        is_blocking=rule.is_blocking and found.is_judged,
        description=rule.description
        if found.is_judged
        else f"Not judged, because the columns of the table are wrong. {rule.description}",
        failing_rows=found.rows,
        failing_count=found.count,
    )
