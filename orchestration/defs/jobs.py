"""Jobs and their schedules. A run goes from landing to publishing, since checks block within one run only."""

from dagster import (
    AssetChecksDefinition,
    AssetSelection,
    Definitions,
    ScheduleDefinition,
    build_schedule_from_partitioned_job,
    define_asset_job,
)

from orchestration.lib.names import ARCHIVE_KEY, LIVE_KEYS

TICK = "tick"
FILES = "files"

# Binance writes a day's files in the morning after it; what is missing then is taken by the next backfill.
_ARCHIVE_HOUR_UTC = 10


def job_definitions(freshness: AssetChecksDefinition) -> Definitions:
    """Return the jobs, and schedules that are off until somebody turns them on."""
    archive = AssetSelection.assets(ARCHIVE_KEY)
    live = AssetSelection.assets(*LIVE_KEYS)
    tick = define_asset_job(
        TICK,
        selection=AssetSelection.all() - archive,
        description="Fetch from all venues, import the files of all manifests, load, build, check, publish.",
    )
    files = define_asset_job(
        FILES,
        selection=AssetSelection.all() - archive - live,
        description="Import the files of all manifests, load, build, check, publish; no venue is asked.",
    )
    hourly = define_asset_job(
        "hourly",
        selection=AssetSelection.checks(freshness),
        description="See whether every venue's newest event is recent, also when no tick has run.",
    )
    daily = define_asset_job(
        "daily",
        selection=archive.downstream(),
        description="Take the day before from the public archive, load, build, check, publish.",
    )
    backfill = define_asset_job(
        "backfill",
        selection=archive.downstream(),
        description="Take any range of days from the public archive in one run, load, build, check, publish.",
    )
    return Definitions(
        jobs=[tick, files, hourly, daily, backfill],
        schedules=[
            ScheduleDefinition(job=tick, cron_schedule="*/5 * * * *", execution_timezone="UTC"),
            ScheduleDefinition(job=hourly, cron_schedule="30 * * * *", execution_timezone="UTC"),
            build_schedule_from_partitioned_job(daily, hour_of_day=_ARCHIVE_HOUR_UTC),
        ],
    )
