"""Transformation: every dbt seed and model as an asset, every data test as a check, and one step that builds them."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Config,
    Definitions,
    Failure,
    MaterializeResult,
    definitions,
    multi_asset,
)
from pydantic import Field

from orchestration.lib.asset_inputs import current_asset_inputs
from orchestration.lib.background import BackgroundCall
from orchestration.lib.dbt_graph import DbtGraph
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.keys import BUILD_KEY, IS_CHANGED, OWNER, WRITER_POOL
from orchestration.lib.metadata import rows_metadata
from orchestration.lib.resources import SettingsResource
from warehouse.build import BuildReport, NodeResult, build
from warehouse.dbt_project import cancel_queries

Result = MaterializeResult[None] | AssetCheckResult


class BuildConfig(Config):
    """Options of a build."""

    is_full_refresh: bool = Field(
        default=False, description="Rebuild every table. A build after a change of code does so in any case."
    )


@definitions
def defs() -> Definitions:
    """Return the assets and checks of the dbt project, and the asset of a completed build."""
    return Definitions(assets=[_build_assets(current_asset_inputs().dbt_graph)])


def _build_assets(graph: DbtGraph) -> AssetsDefinition:
    @multi_asset(
        name="build",
        specs=[*graph.assets.values(), _build_spec(graph)],
        check_specs=list(graph.checks.values()),
        can_subset=True,
        pool=WRITER_POOL,
    )
    def build_models(
        context: AssetExecutionContext, config: BuildConfig, settings: SettingsResource
    ) -> Iterator[Result]:
        selected = _Selected(graph, context.selected_asset_keys, context.selected_asset_check_keys)

        def run(report: Callable[[NodeResult], None]) -> BuildReport:
            return build(
                settings.read(),
                select=None if BUILD_KEY in selected.assets else graph.selection(selected.assets),
                is_full_refresh=config.is_full_refresh,
                on_result=report,
            )

        # dbt runs in a thread, so that each node is reported here when it ends and not when the build ends.
        running = BackgroundCall(run, cancel=cancel_queries)
        early: set[str] = set()
        for node in running.items():
            if node.is_failed:
                context.log.error(f"{node.unique_id}: {node.message or node.status}")
            # The result of a failed test includes its rows, which can be read only after dbt has closed the build file.
            if not node.failing_count:
                early.add(node.unique_id)
                yield from selected.results(node)
        with as_dagster_failures(context.retry_number):
            report = running.result()
        for node in report.nodes:
            if node.unique_id not in early:
                yield from selected.results(node)
        if BUILD_KEY in selected.assets and report.is_successful:
            yield _completed_build(report)
        # Only failed models and seeds remain: failed checks stop the run themselves, and a node is skipped after
        # another failure.
        broken = [node for node in report.failed if node.unique_id not in graph.checks and node.status != "skipped"]
        if broken:
            raise Failure("; ".join(f"{n.unique_id}: {n.message or n.status}" for n in broken), allow_retries=False)

    return build_models


def _build_spec(graph: DbtGraph) -> AssetSpec:
    return AssetSpec(
        BUILD_KEY,
        deps=[spec.key for spec in graph.assets.values()],
        description="A completed build: every model was built and every blocking test passed (`ops.build`).",
        group_name="ops",
        owners=[OWNER],
        kinds={"dbt", "duckdb"},
    )


@dataclass(frozen=True)
class _Selected:
    """The assets and checks of the dbt project that a run selects."""

    graph: DbtGraph
    assets: AbstractSet[AssetKey]
    checks: AbstractSet[AssetCheckKey]

    def results(self, node: NodeResult) -> Iterator[Result]:
        """Yield the result of ``node``; nothing for a failed model, a skipped node or a node that is not selected."""
        asset, check = self.graph.assets.get(node.unique_id), self.graph.checks.get(node.unique_id)
        if asset and asset.key in self.assets and not node.is_failed:
            yield MaterializeResult(asset_key=asset.key, metadata={"seconds": node.seconds})
        if check and check.key in self.checks and node.status != "skipped":
            yield _check_result(node, check)


def _completed_build(report: BuildReport) -> MaterializeResult[None]:
    return MaterializeResult(
        asset_key=BUILD_KEY,
        metadata={
            IS_CHANGED: not report.is_up_to_date,
            "status": "nothing new" if report.is_up_to_date else "built",
            "full_refresh": report.is_full_refresh,
            "load_sequence": report.load_sequence,
            "nodes": len(report.nodes),
        },
    )


def _check_result(node: NodeResult, check: AssetCheckSpec) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=node.status == "pass",
        severity=AssetCheckSeverity.ERROR if check.blocking and node.is_failed else AssetCheckSeverity.WARN,
        description=node.message,
        metadata={
            "seconds": node.seconds,
            "failing_count": node.failing_count,
            **({"failing_rows": rows_metadata(node.failing_rows)} if node.failing_rows else {}),
        },
    )
