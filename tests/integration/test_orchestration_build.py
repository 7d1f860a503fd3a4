"""The build: what it runs, when it does nothing, what it records, and that it closes the file."""

import subprocess
import sys
from pathlib import Path

import pytest
from orchestration_support import write_open_interest

from common.errors import WarehouseError
from common.settings import Settings
from ingestion.files.ingest import ingest_manifest
from ingestion.files.manifest import load_manifest, shipped_manifests
from ingestion.landing import list_batches, read_batch
from warehouse import dbt_project
from warehouse.build import build
from warehouse.connection import open_build
from warehouse.loader import load

pytest_plugins = ["orchestration_fixtures"]
pytestmark = pytest.mark.xdist_group("orchestration")

OI_MODEL = "model.oi_warehouse.fct_open_interest"


def _builds(settings: Settings) -> list[tuple[int, bool]]:
    with open_build(settings.build_file) as con:
        return con.execute("select load_sequence, is_full_refresh from ops.build order by finished_at").fetchall()


def _rows(settings: Settings) -> int:
    with open_build(settings.build_file) as con:
        return con.execute("select count(*) from core.fct_open_interest").fetchall()[0][0]


def _land_and_load(settings: Settings, count: int) -> None:
    write_open_interest(settings.files_root, count)
    newest = max(read_batch(path).observed_at for path in list_batches(settings.landing_dir))
    manifest = load_manifest(shipped_manifests()["binance_rest_open_interest_4h"])
    report = ingest_manifest(manifest, settings.files_root, settings.landing_dir, observed_at=newest)
    assert report.landed == 1
    with open_build(settings.build_file) as con:
        load(con, settings.landing_dir)


def test_a_first_build_is_a_full_refresh_and_is_recorded(ticked):
    assert _builds(ticked) == [(2, True)]
    assert _rows(ticked) == 40


def test_a_build_without_new_rows_does_nothing(ticked):
    seen = []
    report = build(ticked, on_result=seen.append)
    assert report.is_up_to_date
    assert report.is_successful
    assert report.nodes == ()
    assert seen == []
    assert _builds(ticked) == [(2, True)]


def test_new_rows_make_an_increment_that_closes_the_file(ticked):
    _land_and_load(ticked, count=43)
    seen = []
    report = build(ticked, on_result=lambda node: seen.append((node.unique_id, node.status)))
    assert report.is_successful
    assert not report.is_full_refresh
    assert (OI_MODEL, "success") in seen
    assert {unique_id for unique_id, _ in seen} == {node.unique_id for node in report.nodes}
    kinds = {node.unique_id.split(".")[0] for node in report.nodes}
    assert kinds == {"model", "test"}
    names = {unique_id.split(".")[2] for unique_id, _ in seen}
    assert "dim_venue" not in names
    assert not [name for name in names if name.startswith("expect_sound_rows_dim_venue")]
    # This test compares core with a seed, so it runs although the seed is unchanged.
    assert "assert_oi_usd_equals_base_times_price" in names
    assert _free_for_another_process(ticked.build_file)
    assert _builds(ticked) == [(2, True), (3, False)]
    assert _rows(ticked) == 43


def _free_for_another_process(build_file: Path) -> bool:
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create table free as select 1')"
    return subprocess.run([sys.executable, "-c", code, str(build_file)], check=False).returncode == 0


def test_changed_code_rewrites_everything(ticked):
    with open_build(ticked.build_file) as con:
        con.execute("update ops.build set code_sha256 = 'of other models'")
        con.execute("delete from core.fct_open_interest where true")
    report = build(ticked)
    assert report.is_full_refresh
    kinds = {node.unique_id.split(".")[0] for node in report.nodes}
    assert kinds >= {"seed", "model", "test"}
    assert "unit_test" not in kinds
    assert _builds(ticked) == [(2, True)]
    assert _rows(ticked) == 40


def test_a_failed_test_is_reported_with_its_rows_and_the_build_is_not_completed(ticked):
    with open_build(ticked.build_file) as con:
        con.execute("update ops.build set code_sha256 = 'none'")
        con.execute("insert into core.fct_open_interest from core.fct_open_interest limit 1")
    report = build(ticked, select="fct_open_interest,test_type:data")
    assert not report.is_successful
    [rows] = [node for node in report.failed if "sound_rows" in node.unique_id]
    assert rows.status == "fail"
    assert rows.failing_count == 1
    assert rows.failing_rows[0]["symbol"] == "BTCUSDT"
    assert "not unique" in rows.failing_rows[0]["broken_rules"]
    assert _builds(ticked) == [(2, True)]


def test_a_build_of_a_part_is_not_a_completed_build(ticked):
    _land_and_load(ticked, count=43)
    report = build(ticked, select="dim_venue")
    assert report.is_successful
    assert {node.unique_id.split(".")[0] for node in report.nodes} <= {"model", "test"}
    assert _builds(ticked) == [(2, True)]


def test_a_file_in_use_is_one_clear_error(ticked):
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(ticked.build_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseError, match="wait for the process that holds it"):
            build(ticked, is_full_refresh=True)
    finally:
        holder.communicate(b"")


def test_dbt_that_cannot_run_is_one_clear_error(ticked):
    with pytest.raises(WarehouseError, match=r"^dbt build could not run: .*state selector") as caught:
        dbt_project.invoke(ticked, ["build", "--select", "state:modified"])
    assert "\n" not in str(caught.value)


def test_the_manifest_is_parsed_once_and_again_when_a_file_has_changed(ticked):
    [before] = (ticked.home / "dbt").glob("manifest.*.json")
    written = before.stat().st_mtime_ns
    dbt_project.load_manifest(ticked)
    assert before.stat().st_mtime_ns == written
    before.rename(before.with_name("manifest.of-another-state.json"))
    assert OI_MODEL in dbt_project.load_manifest(ticked)["nodes"]
    assert list((ticked.home / "dbt").glob("manifest.*.json")) == [before]
    assert not list((ticked.home / "dbt").glob(".*.tmp"))


def test_the_hash_covers_all_files_that_decide_the_tables(tmp_path):
    project = tmp_path / "project"
    for name in ("models/a.sql", "macros/m.sql", "seeds/s.csv", "tests/t.sql", "target/x.sql", "dbt_project.yml"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name)
    first = dbt_project.code_sha256(project)
    for name in ("tests/t.sql", "target/x.sql"):
        (project / name).write_text("other")
        assert dbt_project.code_sha256(project) == first
    for name in ("models/a.sql", "macros/m.sql", "seeds/s.csv", "dbt_project.yml"):
        (project / name).write_text("other")
        assert dbt_project.code_sha256(project) != first
        (project / name).write_text(name)
    assert dbt_project.code_sha256(project) == first
    (project / "models/a.sql").rename(project / "models/b.sql")
    assert dbt_project.code_sha256(project) != first
