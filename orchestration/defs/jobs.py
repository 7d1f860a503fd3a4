"""Jobs and their schedules. A run goes from landing to publishing, because a check blocks only within its run."""

from dagster import AssetSelection, ScheduleDefinition, build_schedule_from_partitioned_job, define_asset_job

from orchestration.lib.keys import ARCHIVE_KEY, FRESHNESS_KEY, LIVE_KEYS

_archive = AssetSelection.assets(ARCHIVE_KEY)

tick = define_asset_job(
    "tick",
    selection=AssetSelection.all() - _archive,
    description="Fetch from all venues, import the files of all manifests, load, build, check, publish.",
)
files = define_asset_job(
    "files",
    selection=AssetSelection.all() - _archive - AssetSelection.assets(*LIVE_KEYS),
    description="Import the files of all manifests, load, build, check, publish; fetch nothing from venues.",
)
hourly = define_asset_job(
    "hourly",
    selection=AssetSelection.checks(FRESHNESS_KEY),
    description="Check that the newest event of every venue is recent, also if no tick has run.",
)
daily = define_asset_job(
    "daily",
    selection=_archive.downstream(),
    description="Land yesterday's files of the public archive, load, build, check, publish.",
)
backfill = define_asset_job(
    "backfill",
    selection=_archive.downstream(),
    description="Land any range of days of the public archive in one run, load, build, check, publish.",
)

# Every schedule is off until somebody turns it on.
every_five_minutes = ScheduleDefinition(job=tick, cron_schedule="*/5 * * * *", execution_timezone="UTC")
every_hour = ScheduleDefinition(job=hourly, cron_schedule="30 * * * *", execution_timezone="UTC")
# Binance writes the files of a day the next morning. A backfill can take files that are missing at this hour.
every_day = build_schedule_from_partitioned_job(daily, hour_of_day=10)
