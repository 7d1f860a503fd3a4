"""Publishing: the read-only file that everybody else opens, swapped in after a completed build."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.keys import BUILD_KEY, OWNER, PUBLICATION_KEY, WRITER_POOL
from orchestration.lib.metadata import rows_metadata
from orchestration.lib.resources import SettingsResource
from warehouse.publish import is_published, publish


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
def published_file(context: AssetExecutionContext, settings: SettingsResource) -> Iterator[MaterializeResult[None]]:
    """Publish the last completed build; a blocking check that failed in this run leaves the file as it is."""
    with as_dagster_failures(context.retry_number):
        known = settings.read()
        if is_published(known.build_file, known.published_file):
            return
        report = publish(known.build_file, known.published_file, run_id=context.run.run_id)
    yield MaterializeResult(
        metadata={
            "file": MetadataValue.path(str(known.published_file)),
            "as_of": str(report.as_of),
            "size_bytes": report.size_bytes,
            "tables": rows_metadata([{"table": table, "rows": rows} for table, rows in report.rows.items()]),
        }
    )
