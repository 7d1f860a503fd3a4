"""Build the warehouse: run seeds, models and data tests through dbt, in this process, and record a completed build.

What belongs here: what a build has to compute, and the result of every node. What does not: formulas and tests
(dbt_project/), how dbt is called (dbt_project.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

import duckdb
from dbt.artifacts.resources.v1.components import CompiledResource
from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.contracts.graph.nodes import HookNode, ModelNode, SeedNode
from dbt_common.events.base_types import EventMsg

from common.clock import utc_now
from common.settings import Settings
from ingestion.records import DATASETS
from warehouse.connection import open_build
from warehouse.dbt_project import code_sha256, invoke
from warehouse.migrations import migrate

_FAILING_ROWS_SHOWN = 20
# Migrations make the tables of these schemas; dbt makes those of every other schema.
_MIGRATED_SCHEMAS = ("main", "ops", "raw")
_FAILED_STATUSES = frozenset({"error", "fail", "skipped", "partial success", "runtime error"})


@dataclass(frozen=True)
class NodeResult:
    """The result of a seed, a model or a data test.

    ``status`` is dbt's (``success``, ``pass``, ``warn``, ``fail``, ``error``, ``skipped``). For a test,
    ``failing_count`` is the number of failing rows and ``failing_rows`` the first 20 of them.
    """

    unique_id: str
    status: str
    seconds: float
    message: str | None
    failing_count: int
    failing_rows: tuple[dict[str, Any], ...]

    @property
    def is_failed(self) -> bool:
        """Whether the nodes that depend on this one are stopped; a test with severity ``warn`` stops nothing."""
        return self.status in _FAILED_STATUSES


@dataclass(frozen=True)
class BuildReport:
    """The result of a build. If it ``is_up_to_date``, no row was loaded and no code changed since the last build.

    ``load_sequence`` is the newest load that the build includes.
    """

    is_up_to_date: bool
    is_full_refresh: bool
    load_sequence: int
    nodes: tuple[NodeResult, ...]

    @property
    def is_successful(self) -> bool:
        """Whether every model was built and every blocking data test passed."""
        return not self.failed

    @property
    def failed(self) -> tuple[NodeResult, ...]:
        """The nodes that failed, and the nodes that were skipped because of them."""
        return tuple(node for node in self.nodes if node.is_failed)


@dataclass(frozen=True)
class _Plan:
    load_sequence: int
    code_sha256: str
    is_up_to_date: bool
    is_full_refresh: bool
    recompute_from: datetime | None
    changed_datasets: tuple[str, ...] = ()


def build(
    settings: Settings,
    *,
    select: str | None = None,
    is_full_refresh: bool = False,
    is_tested: bool = True,
    on_result: Callable[[NodeResult], None] | None = None,
) -> BuildReport:
    """Update all models with the loaded rows, and test them.

    The build rewrites every table if code has changed (models, macros, seeds) or ``is_full_refresh`` is set. ``select``
    (dbt's selection syntax) builds only a part, which never counts as a completed build. Nor does a build without the
    data tests (``is_tested`` False). ``on_result`` is called when a node ends, in the thread that ran it. The callback
    gets no failing rows: only the report contains them. A failed model or test raises nothing: see
    ``BuildReport.is_successful``.
    Raises WarehouseError when dbt cannot run, or another process holds the build file.
    """
    started_at = utc_now()
    with open_build(settings.build_file) as con:
        migrate(con)
        plan = _plan(con, is_full_refresh=is_full_refresh)
        if plan.is_full_refresh and select is None:
            # No build counts as completed until every table is rewritten: else half of them could be published.
            con.execute("delete from ops.build")
    if plan.is_up_to_date and select is None:
        return BuildReport(is_up_to_date=True, is_full_refresh=False, load_sequence=plan.load_sequence, nodes=())
    outcome = invoke(
        settings,
        _arguments(plan, select, is_tested=is_tested),
        recompute_from=plan.recompute_from,
        on_event=_node_listener(on_result),
    ).result
    results = outcome.results if isinstance(outcome, RunExecutionResult) else []
    results = [result for result in results if not isinstance(result.node, HookNode)]
    with open_build(settings.build_file) as con:
        nodes = tuple(_node_result(con, result) for result in results)
        report = BuildReport(False, plan.is_full_refresh, plan.load_sequence, nodes)
        if report.is_successful and select is None and is_tested:
            if plan.is_full_refresh:
                _drop_leftovers(con, results)
            _record(con, plan, started_at)
    return report


def _plan(con: duckdb.DuckDBPyConnection, *, is_full_refresh: bool) -> _Plan:
    """Compare the loaded rows and the present code with the last completed build."""
    (load_sequence,) = con.execute("select coalesce(max(load_sequence), 0) from ops.load_batch").fetchall()[0]
    last = con.execute("select load_sequence, code_sha256 from ops.build order by finished_at desc limit 1").fetchone()
    code = code_sha256()
    if is_full_refresh or last is None or last[1] != code:
        return _Plan(load_sequence, code, is_up_to_date=False, is_full_refresh=True, recompute_from=None)
    changed = con.execute(
        "select distinct dataset from ops.load_batch where load_sequence > ? order by all", [last[0]]
    ).fetchall()
    return _Plan(
        load_sequence,
        code,
        is_up_to_date=last[0] == load_sequence,
        is_full_refresh=False,
        recompute_from=_recompute_from(con, last[0]),
        changed_datasets=tuple(dataset for (dataset,) in changed),
    )


def _recompute_from(con: duckdb.DuckDBPyConnection, built_sequence: int) -> datetime:
    """Return the earliest instant whose values the rows loaded after ``built_sequence`` can change.

    It is the earlier of two instants. One is the earliest time label of these rows (for stream coverage, its start).
    The other is the newest observation before that build, because bars that were open then are complete now. If a
    contract is listed for the first time, every row of its symbol can change (decision 0017). The instant is cut to the
    minute, because a settlement time that is a few milliseconds late is moved back to its minute, and a value that was
    polled less than a minute late to the end of its bar (decision 0025).
    """
    looks = " union all ".join(
        f"select min(stamped_at) from raw.{dataset} where load_sequence > $built "
        f"union all select min(stamped_at) from raw.{dataset} where symbol in (from first_listed)"
        for dataset in DATASETS
    )
    (instant,) = con.execute(
        "with first_listed as (select symbol from raw.instrument where load_sequence > $built "
        "except select symbol from raw.instrument where load_sequence <= $built), "
        f"look (changed_at) as ({looks} union all "
        "select min(covered_from) from raw.stream_coverage where load_sequence > $built union all "
        "select max(observed_at) from ops.load_batch where load_sequence <= $built) "
        "select date_trunc('minute', min(changed_at)) from look",
        {"built": built_sequence},
    ).fetchall()[0]
    return cast(datetime, instant)


def _arguments(plan: _Plan, select: str | None, *, is_tested: bool) -> list[str]:
    arguments = ["build", "--exclude-resource-type", "unit_test", "exposure", *([] if is_tested else ["test"])]
    if select is not None:
        # ``buildable`` leaves out tests between a selected and an unselected model: they would compare new rows with
        # old.
        arguments += ["--select", *select.split(), "--indirect-selection", "buildable"]
    elif not plan.is_full_refresh:
        # No code has changed, so models without new rows, models of seeds alone, and views stay as they are. Models
        # that depend on the newest observation (source ops) always change. With ``cautious``, a test of a selected
        # model runs even if it also reads a model that is not selected.
        changed = [f"source:raw.{dataset}+" for dataset in plan.changed_datasets]
        arguments += ["--select", *changed, "source:ops+", "--exclude", "tag:static", "config.materialized:view"]
        arguments += ["--indirect-selection", "cautious"]
    return [*arguments, "--full-refresh"] if plan.is_full_refresh else arguments


def _node_listener(on_result: Callable[[NodeResult], None] | None) -> Callable[[EventMsg], None] | None:
    """Return a listener of dbt's events that reports each node that has ended."""
    if on_result is None:
        return None

    def listen(event: EventMsg) -> None:
        if event.info.name == "NodeFinished":
            result = event.data.run_result
            on_result(
                NodeResult(
                    unique_id=event.data.node_info.unique_id,
                    status=result.status,
                    seconds=result.execution_time,
                    message=_one_line(result.message),
                    failing_count=result.num_failures,
                    failing_rows=(),
                )
            )

    return listen


def _node_result(con: duckdb.DuckDBPyConnection, result: RunResult) -> NodeResult:
    """Turn dbt's result into ours; ``con`` reads the failing rows of a test."""
    node, failing_count = result.node, result.failures or 0
    # A failed test runs again to get its rows: storing the rows of every test would slow all builds by a third.
    test_sql = node.compiled_code if failing_count and isinstance(node, CompiledResource) else None
    return NodeResult(
        unique_id=node.unique_id,
        status=str(result.status),
        seconds=result.execution_time,
        message=_one_line(result.message),
        failing_count=failing_count,
        failing_rows=_first_rows(con, test_sql) if test_sql else (),
    )


def _one_line(message: str | None) -> str | None:
    return " ".join(message.split()) if message else None


def _first_rows(con: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, Any], ...]:
    cursor = con.execute(f"select * from ({query}) limit {_FAILING_ROWS_SHOWN}")
    columns = [column[0] for column in cursor.description or ()]
    return tuple(dict(zip(columns, row, strict=True)) for row in cursor.fetchall())


def _drop_leftovers(con: duckdb.DuckDBPyConnection, results: Iterable[RunResult]) -> None:
    """Drop the tables that only older code built; else they would be published. ``results`` come from a full build."""
    nodes = [result.node for result in results]
    made = {(node.schema, node.alias) for node in nodes if isinstance(node, SeedNode | ModelNode)}
    found = con.execute(
        "select table_schema, table_name, table_type from information_schema.tables "
        "where table_catalog = current_database() and not list_contains(?, table_schema) order by all",
        [_MIGRATED_SCHEMAS],
    ).fetchall()
    for schema, name, kind in found:
        if (schema, name) not in made:
            con.execute(f'drop {"view" if kind == "VIEW" else "table"} "{schema}"."{name}"')


def _record(con: duckdb.DuckDBPyConnection, plan: _Plan, started_at: datetime) -> None:
    """Record a completed build, and the newest bar of each signal that it evaluated, in one transaction."""
    con.execute("begin transaction")
    con.execute(
        "insert into ops.build values (?, ?, ?, ?, ?, ?)",
        [str(uuid4()), plan.load_sequence, plan.code_sha256, plan.is_full_refresh, started_at, utc_now()],
    )
    record_evaluated(con)
    con.execute("commit")


def record_evaluated(con: duckdb.DuckDBPyConnection) -> None:
    """Record the newest bar of each signal that this build has evaluated, and the build's last observed instant.

    If a later build finds a signal on such a bar, the time between the two builds decides whether the signal is late.
    Of the builds before the allowance only the newest one is kept, because it has evaluated most.
    """
    ((observed_at,),) = con.execute("select max(observed_at) from ops.load_batch").fetchall()
    con.execute(
        "delete from ops.signal_watch where observed_at >= ? or (signal, timeframe, parameters_version) not in "
        "(select (signal, timeframe, parameters_version) from seeds.signal_parameters where is_active)",
        [observed_at],
    )
    con.execute(
        "insert into ops.signal_watch by name "
        "select source, asset, timeframe, signal, parameters_version, max(event_at) as evaluated_to, "
        "$observed_at as observed_at "
        "from marts.fct_market_open_interest inner join seeds.signal_parameters using (timeframe) "
        "where is_active group by all",
        {"observed_at": observed_at},
    )
    con.execute(
        "delete from ops.signal_watch where rowid in ("
        "select rowid from ops.signal_watch cross join "
        "(select value as minutes from seeds.threshold where threshold = 'signal_late_minutes') "
        "qualify lead(observed_at) over (partition by source, asset, timeframe, signal, parameters_version "
        "order by observed_at) < $observed_at::timestamp - to_seconds(60 * minutes))",
        {"observed_at": observed_at},
    )
