"""Landing of Binance's public archive, partitioned by day: one run can take any range of days."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSpec,
    BackfillPolicy,
    Config,
    DailyPartitionsDefinition,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)
from pydantic import Field

from common.clock import utc_now
from ingestion.archives.binance import PUBLIC_SITE, ArchiveReport, ingest_archive
from orchestration.lib.archive_requests import archive_requests
from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.keys import ARCHIVE_KEY, FILES_CHECK, IS_CHANGED, OWNER
from orchestration.lib.metadata import lines_metadata
from orchestration.lib.resources import SettingsResource

ARCHIVE_DAYS = DailyPartitionsDefinition(start_date="2020-01-01")


class ArchiveConfig(Config):
    """The files of the archive to land, and their site."""

    market: str = Field(default="um", description="um: USD-margined contracts; cm: coin-margined ones.")
    datasets: list[str] = Field(
        default=["metrics", "klines"],
        description="metrics, klines, markPriceKlines, indexPriceKlines, fundingRate (whole months).",
    )
    symbols: list[str] = Field(default=["BTCUSDT", "ETHUSDT", "BNBUSDT"], description="Binance's own symbols.")
    interval: str = Field(default="5m", description="Length of a bar of the klines.")
    origin: str = Field(default=PUBLIC_SITE, description="URL of the site, or folder with a local copy of it.")


# Not @asset: its backfill_policy is beta and prints a warning at every start.
@multi_asset(
    specs=[
        AssetSpec(
            ARCHIVE_KEY,
            description="Daily files of Binance's public archive: open interest, ratios, candles.",
            group_name="landing",
            owners=[OWNER],
            kinds={"python", "parquet"},
            metadata={"documentation": MetadataValue.path("docs/runbooks/backfill.md")},
        )
    ],
    check_specs=[
        AssetCheckSpec(
            FILES_CHECK,
            asset=ARCHIVE_KEY,
            description="Every file could be fetched, verified and read; the metadata lists each failure.",
        )
    ],
    partitions_def=ARCHIVE_DAYS,
    backfill_policy=BackfillPolicy.single_run(),
)
def binance_archive(
    context: AssetExecutionContext, config: ArchiveConfig, settings: SettingsResource
) -> Iterator[MaterializeResult[None]]:
    """Fetch and land all days of the run."""
    days = context.partition_time_window
    with as_dagster_failures(context.retry_number):
        requests = archive_requests(
            market=config.market,
            datasets=config.datasets,
            symbols=config.symbols,
            interval=config.interval,
            first_day=days.start.date(),
            last_day=days.end.date() - timedelta(days=1),
        )
        landing_dir = settings.read().landing_dir
        observed_at = utc_now()
        reports = [
            ingest_archive(request, landing_dir, site=config.origin, observed_at=observed_at) for request in requests
        ]
    yield _result(reports)


def _result(reports: Sequence[ArchiveReport]) -> MaterializeResult[None]:
    failures = [failure for report in reports for failure in report.failures]
    missing = [path for report in reports for path in report.missing]
    landed = sum(len(report.landed) for report in reports)
    return MaterializeResult(
        metadata={
            IS_CHANGED: landed > 0,
            "files_landed": landed,
            "files_unchanged": sum(len(report.unchanged) for report in reports),
            "files_missing": len(missing),
            "files_failed": len(failures),
            "rows": sum(sum(report.rows.values()) for report in reports),
            **({"missing": lines_metadata(missing)} if missing else {}),
        },
        check_results=[
            AssetCheckResult(
                check_name=FILES_CHECK,
                passed=not failures,
                # The failure of one file stops nothing: the other files are loaded and published.
                severity=AssetCheckSeverity.WARN,
                metadata={"failures": lines_metadata(failures)} if failures else {},
            )
        ],
    )
