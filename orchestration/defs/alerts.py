"""Alerts: a sensor that tells the configured sinks each new signal of the published file once."""

from dagster import Failure, ResourceParam, SensorDefinition, SkipReason, sensor

from alerts.delivery import deliver_alerts
from common.errors import WarehouseError
from common.settings import Settings

_INTERVAL_SECONDS = 30


def alerts_sensor() -> SensorDefinition:
    """Return the sensor, which is off until somebody turns it on and launches no run."""

    @sensor(
        name="alerts",
        minimum_interval_seconds=_INTERVAL_SECONDS,
        description="Tell each new signal once to the sinks of the settings (docs/how_to/alerts.md).",
    )
    def alerts(settings: ResourceParam[Settings]) -> SkipReason:
        try:
            reports = deliver_alerts(settings)
        except WarehouseError as error:
            return SkipReason(str(error))
        if not reports:
            return SkipReason("no sink is configured")
        told = ", ".join(f"{report.delivered} to {report.sink}" for report in reports)
        failures = [f"{report.sink}: {failure}" for report in reports for failure in report.failures]
        if failures:
            # A failed evaluation is seen in the UI; what was told is remembered already.
            raise Failure(f"{'; '.join(failures)} (told: {told})")
        return SkipReason(f"told: {told}")

    return alerts
