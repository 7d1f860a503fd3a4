"""Checks that are no dbt tests: the raw boundary before dbt, and the freshness of venues after publishing."""

from collections.abc import Iterator
from dataclasses import asdict

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    ResourceParam,
    asset_check,
    multi_asset_check,
)

from orchestration.lib.failures import as_dagster_failures
from orchestration.lib.freshness import ALLOWED_AGE, venue_freshness
from orchestration.lib.keys import FRESHNESS_KEY, WRITER_POOL, raw_key
from orchestration.lib.metadata import rows_metadata
from orchestration.lib.resources import RawBoundaryCheck, SettingsResource
from warehouse.quality import RULES, CheckResult
from warehouse.status import status

_BLOCKING = "rows_are_as_declared"
_WARNING = "rows_are_plausible"


def _boundary_specs() -> Iterator[AssetCheckSpec]:
    for dataset, rules in RULES.items():
        for is_blocking, name in ((True, _BLOCKING), (False, _WARNING)):
            names = ", ".join(rule.name for rule in rules if rule.is_blocking == is_blocking)
            yield AssetCheckSpec(
                name,
                asset=raw_key(dataset),
                description=f"Great Expectations checks the rows loaded since the last build. Rules: {names}.",
                blocking=is_blocking,
            )


@multi_asset_check(name="check_raw_boundary", specs=list(_boundary_specs()), pool=WRITER_POOL)
def check_raw_boundary(
    context: AssetCheckExecutionContext, settings: SettingsResource, check_new_rows: ResourceParam[RawBoundaryCheck]
) -> Iterator[AssetCheckResult]:
    """Return two results per raw table: one for its rules that block, one for its rules that warn."""
    with as_dagster_failures(context.retry_number):
        results = check_new_rows(settings.read().build_file)
    for dataset in RULES:
        for is_blocking, name in ((True, _BLOCKING), (False, _WARNING)):
            found = [r for r in results if r.dataset == dataset and r.is_blocking == is_blocking]
            yield _boundary_result(dataset, name, found, is_blocking=is_blocking)


@asset_check(
    asset=FRESHNESS_KEY.asset_key,
    name=FRESHNESS_KEY.name,
    description=f"The newest open interest of every venue is at most {ALLOWED_AGE} old, by the time of the event.",
    pool=WRITER_POOL,
)
def is_fresh(context: AssetCheckExecutionContext, settings: SettingsResource) -> AssetCheckResult:
    """Compare the newest event of each venue with the present time; a stale venue warns and stops nothing."""
    with as_dagster_failures(context.retry_number):
        venues = venue_freshness(status(settings.read()).datasets)
    stale = [venue for venue in venues if not venue.is_fresh]
    return AssetCheckResult(
        passed=not stale,
        severity=AssetCheckSeverity.WARN,
        description=f"the newest event of {len(stale)} of {len(venues)} venues is more than {ALLOWED_AGE} old",
        metadata={"venues": rows_metadata([asdict(venue) for venue in venues])},
    )


def _boundary_result(dataset: str, name: str, results: list[CheckResult], *, is_blocking: bool) -> AssetCheckResult:
    failed = [result for result in results if not result.is_passed]
    summary = [{"rule": r.name, "failing_count": r.failing_count, "meaning": r.description} for r in failed]
    return AssetCheckResult(
        asset_key=raw_key(dataset),
        check_name=name,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR if is_blocking else AssetCheckSeverity.WARN,
        description="; ".join(f"{result.name} ({result.failing_count} rows)" for result in failed) or None,
        metadata={
            "rules_judged": len(results),
            **({"failed_rules": rows_metadata(summary)} if failed else {}),
            **{f"failing_rows/{result.name}": rows_metadata(result.failing_rows) for result in failed},
        },
    )
