"""Raw tables: one asset per dataset, and one step that loads every landed batch that is not loaded yet."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Definitions,
    MaterializeResult,
    MetadataValue,
    definitions,
    multi_asset,
)

from common.settings import Settings
from ingestion.files.manifest import Manifest
from ingestion.records import DATASETS, Dataset
from orchestration.lib.asset_inputs import current_asset_inputs
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.keys import ARCHIVE_KEY, IS_CHANGED, LIVE_KEYS, OWNER, WRITER_POOL, landing_key, raw_key
from orchestration.lib.metadata import columns_metadata, lines_metadata
from orchestration.lib.resources import SettingsResource
from warehouse.connection import open_build
from warehouse.loader import LoadReport, load

_CHECK = "batches_are_readable"


@definitions
def defs() -> Definitions:
    """Return the raw tables; each depends on its manifests, the archive and the live APIs."""
    inputs = current_asset_inputs()
    return Definitions(assets=[_raw_assets(inputs.dbt_graph.raw_descriptions, inputs.manifests)])


def _raw_assets(descriptions: Mapping[str, str], manifests: Iterable[Manifest]) -> AssetsDefinition:
    """Return the tables; ``descriptions`` maps a dataset to its description."""
    landing: dict[str, list[AssetKey]] = {name: [ARCHIVE_KEY, *LIVE_KEYS] for name in DATASETS}
    for manifest in manifests:
        landing[manifest.dataset].append(landing_key(manifest.source, manifest.name))

    @multi_asset(
        name="load",
        specs=[_spec(dataset, descriptions[name], landing[name]) for name, dataset in DATASETS.items()],
        check_specs=[
            AssetCheckSpec(
                _CHECK,
                asset=raw_key(name),
                description="Every landed batch could be read; the metadata lists each failure.",
            )
            for name in DATASETS
        ],
        pool=WRITER_POOL,
    )
    def load_batches(context: AssetExecutionContext, settings: SettingsResource) -> Iterator[MaterializeResult[None]]:
        with as_dagster_failures(context.retry_number):
            known = settings.read()
            with open_build(known.build_file) as con:
                report = load(con, known.landing_dir)
        for name in DATASETS:
            yield _result(name, report, known)

    return load_batches


def _spec(dataset: Dataset, description: str, landing: list[AssetKey]) -> AssetSpec:
    return AssetSpec(
        raw_key(dataset.name),
        deps=landing,
        description=description,
        group_name="raw",
        owners=[OWNER],
        kinds={"python", "duckdb"},
        metadata={
            "dagster/column_schema": columns_metadata(dataset.schema),
            "documentation": MetadataValue.path("docs/reference/manifest.md"),
        },
    )


def _result(name: str, report: LoadReport, settings: Settings) -> MaterializeResult[None]:
    folder = str(settings.landing_dir / name) + os.sep
    failures = [failure for failure in report.failures if failure.startswith(folder)]
    check = AssetCheckResult(
        asset_key=raw_key(name),
        check_name=_CHECK,
        passed=not failures,
        severity=AssetCheckSeverity.WARN,
        metadata={"failures": lines_metadata(failures)} if failures else {},
    )
    batches = report.batches.get(name, 0)
    metadata: dict[str, Any] = {
        IS_CHANGED: batches > 0,
        "batches_loaded": batches,
        "rows_loaded": report.rows.get(name, 0),
    }
    return MaterializeResult(asset_key=raw_key(name), metadata=metadata, check_results=[check])
