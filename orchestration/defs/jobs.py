"""Jobs and their schedules. A run goes from landing to publishing, since checks block within one run only."""

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
    description="Import the files of all manifests, load, build, check, publish; no venue is asked.",
)
hourly = define_asset_job(
    "hourly",
    selection=AssetSelection.checks(FRESHNESS_KEY),
    description="Check that every venue's newest event is recent, also when no tick has run.",
)
daily = define_asset_job(
    "daily",
    selection=_archive.downstream(),
    description="Take yesterday's files of the public archive, load, build, check, publish.",
)
backfill = define_asset_job(
    "backfill",
    selection=_archive.downstream(),
    description="Take any range of days from the public archive in one run, load, build, check, publish.",
)

# All are off until somebody turns them on.
every_five_minutes = ScheduleDefinition(job=tick, cron_schedule="*/5 * * * *", execution_timezone="UTC")
every_hour = ScheduleDefinition(job=hourly, cron_schedule="30 * * * *", execution_timezone="UTC")
# Binance writes a day's files the next morning; the next backfill takes what is missing at this hour.
every_day = build_schedule_from_partitioned_job(daily, hour_of_day=10)
