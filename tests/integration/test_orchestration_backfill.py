"""Days of the public archive: one run for a range of days, from the mirror to the published file."""

import hashlib
import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult

from common.settings import Settings
from ingestion.archives.binance import ArchiveFile, ArchiveRequest, plan
from orchestration.definitions import build_definitions
from warehouse.connection import open_read_only

pytest_plugins = ["orchestration_fixtures"]
pytestmark = pytest.mark.xdist_group("orchestration")

FIRST_DAY, LAST_DAY = date(2024, 8, 1), date(2024, 8, 3)
HEADER = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio"
)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror with the metrics of three days; the second day has a wrong checksum."""
    request = ArchiveRequest("um", "metrics", ("BTCUSDT",), FIRST_DAY, LAST_DAY)
    for file in plan(request):
        is_damaged = file.first_day == FIRST_DAY + timedelta(days=1)
        _put(tmp_path / "mirror", file, checksum="0" * 64 if is_damaged else None)
    return tmp_path / "mirror"


def _put(mirror: Path, file: ArchiveFile, *, checksum: str | None) -> None:
    rows = [
        f"{file.period[0] + timedelta(minutes=5 * bar)},{file.symbol},{80_000 + bar},{(80_000 + bar) * 65_000},1,1,1,1"
        for bar in range(1, 289)
    ]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("metrics.csv", "\n".join([HEADER, *rows]))
    path = mirror / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.getvalue())
    checksum = checksum or hashlib.sha256(content.getvalue()).hexdigest()
    path.with_name(f"{path.name}.CHECKSUM").write_text(f"{checksum}  {path.name}\n")


def _backfill(settings: Settings, mirror: Path) -> ExecuteInProcessResult:
    config = {"symbols": ["BTCUSDT"], "datasets": ["metrics"], "origin": str(mirror)}
    with DagsterInstance.ephemeral() as instance:
        return (
            build_definitions(settings)
            .resolve_job_def("backfill")
            .execute_in_process(
                instance=instance,
                run_config={"ops": {"binance_archive": {"config": config}}},
                tags={
                    "dagster/asset_partition_range_start": f"{FIRST_DAY}",
                    "dagster/asset_partition_range_end": f"{LAST_DAY}",
                },
                raise_on_error=False,
            )
        )


def test_a_range_of_days_is_one_run_that_publishes(ticked, mirror):
    result = _backfill(ticked, mirror)
    assert result.success
    with open_read_only(ticked.published_file, missing="") as con:
        days = con.execute(
            "select event_at::date as day, count(*) from core.fct_open_interest where venue = 'binance' "
            "and event_at < date '2025-01-01' group by day order by day"
        ).fetchall()
        run_id = con.execute("select run_id from reporting.rpt_publication").fetchall()[0][0]
    # Labels are period ends, so the last label of a day is the next midnight. The damaged day has only its midnight.
    assert days == [(FIRST_DAY, 287), (date(2024, 8, 2), 1), (LAST_DAY, 287), (date(2024, 8, 4), 1)]
    assert run_id == result.run_id
    checks = {
        (evaluation.asset_key, evaluation.check_name): evaluation for evaluation in result.get_asset_check_evaluations()
    }
    unread = checks[AssetKey(["landing", "exchanges", "binance_archive"]), "files_are_readable"]
    assert not unread.passed
    [message] = [record.data["message"] for record in unread.metadata["failures"].records]
    assert "BTCUSDT-metrics-2024-08-02.zip" in message
