"""Alerts: a sensor that sends each new signal of the published file once to every configured sink."""

from dagster import DefaultSensorStatus, Failure, SkipReason, sensor

from alerts.delivery import deliver_alerts, failed_alerts, sent_alerts
from common.errors import WarehouseError
from orchestration.lib.resources import SettingsResource


# The sensor is off until somebody turns it on. It launches no run.
@sensor(
    name="alerts",
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.STOPPED,
    description="Send each new signal once to every sink of the settings file (docs/how_to/alerts.md).",
)
def alerts_sensor(settings: SettingsResource) -> SkipReason:
    """Deliver the new signals, and report the delivery as the reason why no run starts."""
    try:
        reports = deliver_alerts(settings.read())
    except WarehouseError as error:
        return SkipReason(str(error))
    if not reports:
        return SkipReason("no sink is configured")
    failures = failed_alerts(reports)
    if failures:
        # The UI shows a failed evaluation. The delivered signals are recorded already.
        raise Failure(f"{'; '.join(failures)} ({sent_alerts(reports)})")
    return SkipReason(sent_alerts(reports))
