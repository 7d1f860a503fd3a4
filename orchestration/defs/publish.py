"""Publishing: the read-only file that readers open, replaced after each completed build."""

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
    description="The published DuckDB file with the schemas core, marts, reporting and quality. It is read-only.",
    group_name="publish",
    owners=[OWNER],
    kinds={"duckdb"},
    metadata={"documentation": MetadataValue.path("docs/runbooks/failed_check.md")},
    pool=WRITER_POOL,
    # If the last build is published already, the file stays as it is and Dagster skips the assets after it.
    output_required=False,
)
def published_file(context: AssetExecutionContext, settings: SettingsResource) -> Iterator[MaterializeResult[None]]:
    """Publish the last completed build. If a blocking check failed in this run, the file stays as it was."""
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
