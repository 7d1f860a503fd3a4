"""Landing: one asset per shipped manifest, one step a source."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    Config,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    multi_asset,
)
from pydantic import Field

from ingestion.files.ingest import IngestReport, ingest_manifest
from ingestion.files.manifest import Manifest
from ingestion.files.patterns import matching_files
from ingestion.settings import PROJECT_ROOT, Settings
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.names import OWNER, landing_key
from orchestration.lib.tables import lines_metadata

_CHECK = "files_are_readable"


class FilesConfig(Config):
    """Where the files of the manifests are."""

    files_root: str | None = Field(default=None, description="Folder of the files; OIW_FILES_ROOT when not given.")


def landing_assets(manifests: dict[Path, Manifest]) -> list[AssetsDefinition]:
    """Return one definition a source, holding the assets of its manifests (path of the YAML file -> manifest)."""
    by_source = sorted(manifests.items(), key=lambda item: (item[1].source, item[1].name))
    return [_source_assets(source, dict(items)) for source, items in groupby(by_source, lambda item: item[1].source)]


def _source_assets(source: str, manifests: dict[Path, Manifest]) -> AssetsDefinition:
    by_key = {landing_key(source, manifest.name): manifest for manifest in manifests.values()}

    @multi_asset(
        name=f"land_{source}",
        specs=[_spec(path, manifest) for path, manifest in manifests.items()],
        check_specs=[
            AssetCheckSpec(_CHECK, asset=key, description="Every file that is there was read; the message says why not.")
            for key in by_key
        ],
        can_subset=True,
    )
    def land(
        context: AssetExecutionContext, config: FilesConfig, settings: ResourceParam[Settings]
    ) -> Iterator[MaterializeResult]:
        root = Path(config.files_root) if config.files_root else settings.files_root
        observed_at = datetime.now(UTC).replace(tzinfo=None)
        for key in sorted(context.selected_asset_keys):
            with as_dagster_failures(context.retry_number):
                report = _land(by_key[key], root, settings, observed_at)
            yield _result(report).with_key(key)

    return land
