"""Transformation: every dbt seed and model as an asset, every data test as a check, and one step that builds them."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

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
    Failure,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)
from pydantic import Field

from common.settings import Settings
from orchestration.lib.dbt_graph import DbtGraph
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.names import BUILD_KEY, OWNER, WRITER_POOL
from orchestration.lib.tables import rows_metadata
from warehouse.build import BuildReport, NodeResult, build

Result = MaterializeResult[None] | AssetCheckResult


class BuildConfig(Config):
    """How much a build rewrites."""

    is_full_refresh: bool = Field(default=False, description="Rewrite every table; changed code does so by itself.")


def transform_assets(graph: DbtGraph) -> AssetsDefinition:
    """Return the assets and checks of the dbt project, and the asset that stands for a completed build."""

    @multi_asset(
        name="build",
        specs=[*graph.assets.values(), _build_spec(graph)],
        check_specs=list(graph.checks.values()),
        can_subset=True,
        pool=WRITER_POOL,
    )
    def build_models(
        context: AssetExecutionContext, config: BuildConfig, settings: ResourceParam[Settings]
    ) -> Iterator[Result]:
        assets, checks = context.selected_asset_keys, context.selected_asset_check_keys
        select = None if BUILD_KEY in assets else graph.selection(assets)
        with as_dagster_failures(context.retry_number):
            report = build(settings, select=select, is_full_refresh=config.is_full_refresh)
        yield from _results(report, graph, assets, checks)
        # Failed checks stop the run by themselves, and what was skipped was so because of another node.
        broken = [node for node in report.failed if node.unique_id not in graph.checks and node.status != "skipped"]
        if broken:
            raise Failure("; ".join(f"{n.unique_id}: {n.message or n.status}" for n in broken), allow_retries=False)

    return build_models


def _build_spec(graph: DbtGraph) -> AssetSpec:
    return AssetSpec(
        BUILD_KEY,
        deps=[spec.key for spec in graph.assets.values()],
        description="One row per completed build: every model was built and every blocking test passed (`ops.build`).",
        group_name="ops",
        owners=[OWNER],
        kinds={"dbt", "duckdb"},
    )


def _results(
    report: BuildReport, graph: DbtGraph, assets: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]
) -> Iterator[Result]:
    """Yield what became of the selected assets and checks, the completed build last."""
    for node in report.nodes:
        spec = graph.assets.get(node.unique_id)
        if spec and spec.key in assets and not node.is_failed:
            metadata = {"seconds": node.seconds, "full_refresh": report.is_full_refresh}
            yield MaterializeResult(asset_key=spec.key, metadata=metadata)
    for node in report.nodes:
        check = graph.checks.get(node.unique_id)
        if check and check.key in checks and node.status != "skipped":
            yield _check_result(node, check)
    if BUILD_KEY in assets and report.is_successful:
        yield MaterializeResult(
            asset_key=BUILD_KEY,
            metadata={
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
