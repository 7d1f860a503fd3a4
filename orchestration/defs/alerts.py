"""Alerts: a sensor that tells the configured sinks each new signal of the published file once."""

from dagster import DefaultSensorStatus, Failure, SkipReason, sensor

from alerts.delivery import deliver_alerts
from common.errors import WarehouseError
from orchestration.lib.resources import SettingsResource


# Off until somebody turns it on; it launches no run.
@sensor(
    name="alerts",
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.STOPPED,
    description="Send each new signal once to every sink of the settings file (docs/how_to/alerts.md).",
)
def alerts_sensor(settings: SettingsResource) -> SkipReason:
    """Deliver what is new, and report it as the reason for which no run starts."""
    try:
        reports = deliver_alerts(settings.read())
    except WarehouseError as error:
        return SkipReason(str(error))
    if not reports:
        return SkipReason("no sink is configured")
    told = ", ".join(f"{report.delivered} to {report.sink}" for report in reports)
    failures = [f"{report.sink}: {failure}" for report in reports for failure in report.failures]
    if failures:
        # A failed evaluation is seen in the UI; what was delivered is recorded already.
        raise Failure(f"{'; '.join(failures)} (told: {told})")
    return SkipReason(f"told: {told}")
