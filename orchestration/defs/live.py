"""Live landing: one asset per API of a venue and per vendor, and one step that fetches from all at the same time."""

from collections.abc import Iterator

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    multi_asset,
)

from common.errors import OiwError, TransientError
from ingestion.live.report import ProviderReport
from orchestration.lib.keys import IS_CHANGED, LIVE_KEYS, OWNER, TRANSIENT
from orchestration.lib.metadata import lines_metadata
from orchestration.lib.resources import LiveFetch, SettingsResource

_CHECK = "venue_responded"


def _spec(key: AssetKey) -> AssetSpec:
    name = key.path[-1]
    return AssetSpec(
        key,
        description=f"New rows of {name}: present values, and the history it still keeps that has not landed yet.",
        group_name="landing",
        owners=[OWNER],
        kinds={"python", "parquet"},
        metadata={"documentation": MetadataValue.path("docs/how_to/live.md")},
    )


@multi_asset(
    name="land_live",
    specs=[_spec(key) for key in LIVE_KEYS],
    check_specs=[
        AssetCheckSpec(
            _CHECK, asset=key, description="Every request succeeded; the metadata lists each failure with its reason."
        )
        for key in LIVE_KEYS
    ],
    can_subset=True,
)
def land_live(
    context: AssetExecutionContext, settings: SettingsResource, fetch_live: ResourceParam[LiveFetch]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Fetch from the selected venues and vendors only, and report each."""
    checks = context.selected_asset_check_keys
    selected = context.selected_asset_keys | {check.asset_key for check in checks}
    try:
        report = fetch_live(settings.read(), providers={key.path[-1] for key in selected})
    except OiwError as error:
        # The fetch has already retried transient errors; the next tick tries again.
        raise Failure(
            str(error), metadata={TRANSIENT: isinstance(error, TransientError)}, allow_retries=False
        ) from error
    by_name = {provider.name: provider for provider in report.providers}
    for key in sorted(selected):
        provider = by_name.get(key.path[-1])
        if key in context.selected_asset_keys:
            yield MaterializeResult(asset_key=key, metadata=_metadata(provider))
        if AssetCheckKey(key, _CHECK) in checks:
            yield _check_result(key, provider)


def _metadata(provider: ProviderReport | None) -> dict[str, bool | str | int | float]:
    if provider is None:
        return {IS_CHANGED: False, "status": "not followed"}
    rows = sum(provider.rows.values())
    return {
        IS_CHANGED: rows > 0,
        "status": provider.status,
        "rows": rows,
        "requests": provider.requests,
        "seconds": round(provider.seconds, 3),
        **{f"rows_{dataset}": count for dataset, count in provider.rows.items()},
    }


def _check_result(key: AssetKey, provider: ProviderReport | None) -> AssetCheckResult:
    if provider is None:
        return AssetCheckResult(asset_key=key, check_name=_CHECK, passed=True)
    return AssetCheckResult(
        asset_key=key,
        check_name=_CHECK,
        passed=provider.status == "ok",
        # The failure of one venue stops nothing: the rows of the others are loaded and published.
        severity=AssetCheckSeverity.WARN,
        description="; ".join(provider.failures),
        metadata={"failures": lines_metadata(provider.failures)} if provider.failures else {},
    )
