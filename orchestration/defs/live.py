"""Live landing: one asset per API of a venue and per vendor, and one step that asks all of them at the same time."""

from collections.abc import Callable, Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    multi_asset,
)

from common.errors import OiwError, TransientError
from common.settings import Settings
from ingestion.live.report import OriginReport, TickReport
from orchestration.lib.names import LIVE_KEYS, OWNER, TRANSIENT
from orchestration.lib.tables import lines_metadata

LiveFetch = Callable[[Settings], TickReport]

_CHECK = "venue_answered"


def fetch_live(settings: Settings) -> TickReport:
    """Fetch what is new from all followed venues and vendors."""
    from ingestion.live.tick import fetch_tick  # noqa: PLC0415  # ccxt takes a second, which only a fetch should cost

    return fetch_tick(settings)


def live_assets() -> AssetsDefinition:
    """Return the assets of what is fetched live. The resource ``fetch_live`` does it."""

    @multi_asset(
        name="land_live",
        specs=[_spec(key) for key in LIVE_KEYS],
        check_specs=[
            AssetCheckSpec(
                _CHECK, asset=key, description="Everything that was asked was answered; the messages say what was not."
            )
            for key in LIVE_KEYS
        ],
    )
    def land_live(
        settings: ResourceParam[Settings], fetch_live: ResourceParam[LiveFetch]
    ) -> Iterator[MaterializeResult[None]]:
        try:
            report = fetch_live(settings)
        except OiwError as error:
            # What may pass has been tried again within the tick; the next tick tries anew.
            raise Failure(
                str(error), metadata={TRANSIENT: isinstance(error, TransientError)}, allow_retries=False
            ) from error
        by_name = {origin.name: origin for origin in report.origins}
        for key in LIVE_KEYS:
            yield _result(key, by_name.get(key.path[-1]))

    return land_live


def _spec(key: AssetKey) -> AssetSpec:
    name = key.path[-1]
    return AssetSpec(
        key,
        description=f"What {name} says now, and what it still keeps of the past, from the watermark on.",
        group_name="landing",
        owners=[OWNER],
        kinds={"python", "parquet"},
        metadata={"documentation": MetadataValue.path("docs/how_to/live.md")},
    )


def _result(key: AssetKey, origin: OriginReport | None) -> MaterializeResult[None]:
    if origin is None:
        return MaterializeResult(
            asset_key=key,
            metadata={"status": "not followed"},
            check_results=[AssetCheckResult(asset_key=key, check_name=_CHECK, passed=True)],
        )
    check = AssetCheckResult(
        asset_key=key,
        check_name=_CHECK,
        passed=origin.status == "ok",
        # One venue's failure stops nothing: the others are loaded and published.
        severity=AssetCheckSeverity.WARN,
        description="; ".join(origin.failures),
        metadata={"failures": lines_metadata(origin.failures)} if origin.failures else {},
    )
    return MaterializeResult(
        asset_key=key,
        metadata={
            "status": origin.status,
            "rows": sum(origin.rows.values()),
            "requests": origin.requests,
            "seconds": round(origin.seconds, 3),
            **{f"rows_{dataset}": count for dataset, count in origin.rows.items()},
        },
        check_results=[check],
    )
