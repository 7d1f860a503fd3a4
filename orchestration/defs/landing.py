"""Landing: one asset per shipped manifest, and one step per source that imports their files."""

from collections.abc import Iterable, Iterator
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
    Config,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    multi_asset,
)
from pydantic import Field

from common.clock import utc_now
from common.settings import Settings
from ingestion.files.ingest import IngestReport, ingest_manifest
from ingestion.files.manifest import Manifest
from ingestion.files.patterns import matching_files
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.names import OWNER, landing_key
from orchestration.lib.tables import lines_metadata

_CHECK = "files_are_readable"


class FilesConfig(Config):
    """Where the files of the manifests are."""

    files_root: str | None = Field(default=None, description="Folder of the files; OIW_FILES_ROOT when not given.")


def landing_assets(manifests: Iterable[Manifest]) -> list[AssetsDefinition]:
    """Return the assets of ``manifests``, one definition a source."""
    ordered = sorted(manifests, key=lambda manifest: (manifest.source, manifest.name))
    return [_source_assets(source, list(group)) for source, group in groupby(ordered, lambda manifest: manifest.source)]


def _source_assets(source: str, manifests: list[Manifest]) -> AssetsDefinition:
    by_key = {landing_key(source, manifest.name): manifest for manifest in manifests}

    @multi_asset(
        name=f"land_{source}",
        specs=[_spec(key, manifest) for key, manifest in by_key.items()],
        check_specs=[
            AssetCheckSpec(
                _CHECK, asset=key, description="Every file was read; the messages say which were not and why."
            )
            for key in by_key
        ],
        can_subset=True,
    )
    def land(
        context: AssetExecutionContext, config: FilesConfig, settings: ResourceParam[Settings]
    ) -> Iterator[MaterializeResult[None]]:
        root = Path(config.files_root) if config.files_root else settings.files_root
        observed_at = utc_now()
        for key in sorted(context.selected_asset_keys):
            manifest = by_key[key]
            if root is None or not _has_files(manifest, root):
                yield MaterializeResult(asset_key=key, metadata={"status": "nothing found", "root": str(root)})
                continue
            with as_dagster_failures(context.retry_number):
                report = ingest_manifest(
                    manifest, root, settings.landing_dir, observed_at=observed_at, source_mode=settings.source_mode
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
        check_name=_CHECK,
        passed=not report.failures,
        # A file that cannot be read stops nothing: the others are loaded and published.
        severity=AssetCheckSeverity.WARN,
        metadata={"failures": lines_metadata(report.failures)} if report.failures else {},
    )
    return MaterializeResult(
        asset_key=key,
        metadata={
            "status": "imported",
            "files_landed": report.landed,
            "files_unchanged": report.unchanged,
            "files_failed": len(report.failures),
            "rows": report.rows,
            "duplicates": report.duplicates,
        },
        check_results=[check],
    )
