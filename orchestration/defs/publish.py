"""Publishing: the read-only file that everybody else opens, swapped in after a completed build."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult, MetadataValue, ResourceParam, asset

from common.settings import Settings
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.names import BUILD_KEY, OWNER, PUBLICATION_KEY, WRITER_POOL
from orchestration.lib.tables import rows_metadata
from warehouse.publish import is_published, publish


def publication_asset() -> AssetsDefinition:
    """Return the published file as an asset; it is not touched when a blocking check of the run has failed."""

    @asset(
        key=PUBLICATION_KEY,
        deps=[BUILD_KEY],
        description="The published DuckDB file: core, marts, reporting and quality, read-only, replaced in one step.",
        group_name="publish",
        owners=[OWNER],
        kinds={"duckdb"},
        metadata={"documentation": MetadataValue.path("docs/runbooks/failed_check.md")},
        pool=WRITER_POOL,
        # Where the last build is published already the file stays as it is, and what comes after it is skipped.
        output_required=False,
    )
    def published_file(
        context: AssetExecutionContext, settings: ResourceParam[Settings]
    ) -> Iterator[MaterializeResult[None]]:
        with as_dagster_failures(context.retry_number):
            if is_published(settings.build_file, settings.published_file):
                return
            report = publish(settings.build_file, settings.published_file, run_id=context.run.run_id)
        yield MaterializeResult(
            metadata={
                "file": MetadataValue.path(str(settings.published_file)),
                "as_of": str(report.as_of),
                "size_bytes": report.size_bytes,
                "tables": rows_metadata([{"table": table, "rows": rows} for table, rows in report.rows.items()]),
            }
        )

    return published_file
