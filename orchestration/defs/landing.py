"""Landing of files: one asset per shipped manifest, and one step per source that imports them.

The folder of the files is an asset too. Its check says which files have no manifest.
"""

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
from ingestion.files.uncovered import data_files, uncovered_files
from orchestration.lib.asset_inputs import current_asset_inputs
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.keys import (
    COVERAGE_CHECK,
    FILES_CHECK,
    FILES_ROOT_KEY,
    IS_CHANGED,
    OWNER,
    WAITING,
    landing_key,
)
from orchestration.lib.metadata import lines_metadata
from orchestration.lib.resources import SettingsResource


@definitions
def defs() -> Definitions:
    """Return the folder of files, and the assets of the shipped manifests with one step per source."""
    manifests = current_asset_inputs().manifests
    ordered = sorted(manifests, key=lambda manifest: (manifest.source, manifest.name))
    by_source = groupby(ordered, lambda manifest: manifest.source)
    sources = [_source_assets(source, list(of_source)) for source, of_source in by_source]
    return Definitions(assets=[_files_root(manifests), *sources])


def _files_root(manifests: list[Manifest]) -> AssetsDefinition:
    # Not @asset, because users read the name of the step in the output of `oiw run`.
    @multi_asset(
        name="find_files",
        specs=[
            AssetSpec(
                FILES_ROOT_KEY,
                description="The folder of your files (OIW_FILES_ROOT), compared with the files of all manifests.",
                group_name="ops",
                owners=[OWNER],
                kinds={"python"},
                metadata={"documentation": MetadataValue.path("docs/reference/manifest.md")},
            )
        ],
        check_specs=[
            AssetCheckSpec(
                COVERAGE_CHECK,
                asset=FILES_ROOT_KEY,
                description="A manifest covers every file; the metadata lists the others with their closest manifest.",
            )
        ],
    )
    def find_files(context: AssetExecutionContext, settings: SettingsResource) -> Iterator[MaterializeResult[None]]:
        with as_dagster_failures(context.retry_number):
            root = settings.read().files_root
        uncovered = uncovered_files(root, manifests) if root else []
        lines = [group.line() for group in uncovered]
        yield MaterializeResult(
            metadata={
                IS_CHANGED: False,
                "root": str(root),
                "files": len(data_files(root)) if root else 0,
                "files_uncovered": sum(len(group.files) for group in uncovered),
            },
            check_results=[
                AssetCheckResult(
                    check_name=COVERAGE_CHECK,
                    passed=not uncovered,
                    # A file without a manifest stops nothing: the other files are loaded and published.
                    severity=AssetCheckSeverity.WARN,
                    metadata={"uncovered": lines_metadata(lines)} if lines else {},
                )
            ],
        )

    return find_files


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
        deps=[FILES_ROOT_KEY],
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
            **({WAITING: lines_metadata(report.waiting)} if report.waiting else {}),
        },
        check_results=[check],
    )
