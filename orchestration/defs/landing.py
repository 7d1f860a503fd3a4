"""Landing of files: one asset per shipped manifest, and one step per source that imports them."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

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

from common.clock import utc_now
from ingestion.files.ingest import IngestReport, ingest_manifest
from ingestion.files.manifest import Manifest
from ingestion.files.patterns import matching_files
from orchestration.lib.asset_inputs import current_asset_inputs
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.keys import FILES_CHECK, IS_CHANGED, OWNER, landing_key
from orchestration.lib.metadata import lines_metadata
from orchestration.lib.resources import SettingsResource


@definitions
def defs() -> Definitions:
    """Return the assets of the shipped manifests, with one step per source."""
    ordered = sorted(current_asset_inputs().manifests, key=lambda manifest: (manifest.source, manifest.name))
    by_source = groupby(ordered, lambda manifest: manifest.source)
    return Definitions(assets=[_source_assets(source, list(manifests)) for source, manifests in by_source])


def _source_assets(source: str, manifests: list[Manifest]) -> AssetsDefinition:
    by_key = {landing_key(source, manifest.name): manifest for manifest in manifests}

    @multi_asset(
        name=f"land_{source}",
        specs=[_spec(key, manifest) for key, manifest in by_key.items()],
        check_specs=[
            AssetCheckSpec(
                FILES_CHECK,
                asset=key,
                description="Every file could be read; the metadata lists each failure with its reason.",
            )
            for key in by_key
        ],
        can_subset=True,
    )
    def land(context: AssetExecutionContext, settings: SettingsResource) -> Iterator[MaterializeResult[None]]:
        with as_dagster_failures(context.retry_number):
            known = settings.read()
        observed_at = utc_now()
        for key in sorted(context.selected_asset_keys):
            manifest = by_key[key]
            root = known.files_root
            if root is None or not _has_files(manifest, root):
                yield MaterializeResult(
                    asset_key=key, metadata={IS_CHANGED: False, "status": "nothing found", "root": str(root)}
                )
                continue
            with as_dagster_failures(context.retry_number):
                report = ingest_manifest(
                    manifest, root, known.landing_dir, observed_at=observed_at, source_mode=known.source_mode
                )
            yield _result(key, report)

    return land


def _spec(key: AssetKey, manifest: Manifest) -> AssetSpec:
    return AssetSpec(
        key,
        description=f"{manifest.description} Scope: {manifest.scope}.",
        group_name="landing",
        owners=[OWNER],
        kinds={"python", "parquet"},
        metadata={
            "files": MetadataValue.json(list(manifest.files)),
            "documentation": MetadataValue.path("docs/reference/manifest.md"),
        },
    )


def _has_files(manifest: Manifest, root: Path) -> bool:
    return any(any(matching_files(root, pattern)) for pattern in manifest.files)


def _result(key: AssetKey, report: IngestReport) -> MaterializeResult[None]:
    check = AssetCheckResult(
        asset_key=key,
        check_name=FILES_CHECK,
        passed=not report.failures,
        # A file that cannot be read stops nothing: the other files are loaded and published.
        severity=AssetCheckSeverity.WARN,
        metadata={"failures": lines_metadata(report.failures)} if report.failures else {},
    )
    return MaterializeResult(
        asset_key=key,
        metadata={
            IS_CHANGED: report.landed > 0,
            "status": "imported",
            "files_landed": report.landed,
            "files_unchanged": report.unchanged,
            "files_failed": len(report.failures),
            "rows": report.rows,
            "duplicates": report.duplicates,
        },
        check_results=[check],
    )
