"""The declared graph is complete, described and connected; its checks block, and its jobs contain their steps."""

from pathlib import Path

import pytest
from dagster import AssetKey, AssetSpec, DefaultScheduleStatus, DefaultSensorStatus, Definitions

from common.settings import PROJECT_ROOT, Settings
from ingestion.files.manifest import shipped_manifests
from ingestion.live.settings import VENDORS
from ingestion.records import DATASETS
from ingestion.venues.catalogue import VENUE_OF_API
from orchestration.definitions import build_definitions
from orchestration.lib.keys import BUILD_KEY, PUBLICATION_KEY, WRITER_POOL
from warehouse.dbt_project import load_manifest

pytest_plugins = ["orchestration_fixtures"]
pytestmark = pytest.mark.xdist_group("orchestration")

GROUPS = {
    "landing", "raw", "seeds", "staging", "intermediate", "core", "marts", "reporting", "quality", "ops", "publish",
}  # fmt: skip
# The steps after landing. Each opens the build file.
PIPELINE = {"load", "check_raw_boundary", "build", "published__oi", "published__oi_is_fresh"}


@pytest.fixture(scope="module")
def definitions(ticked_home: Path) -> Definitions:
    return build_definitions(Settings(home=ticked_home / "home"))


@pytest.fixture(scope="module")
def specs(definitions) -> dict[AssetKey, AssetSpec]:
    return {spec.key: spec for spec in definitions.resolve_all_asset_specs()}


def test_every_asset_has_a_description_and_an_owner(specs):
    assert len(specs) > len(shipped_manifests())
    lacking = [
        (key.to_user_string(), name)
        for key, spec in specs.items()
        for name in ("description", "owners", "group_name", "kinds")
        if not getattr(spec, name)
    ]
    assert lacking == []
    assert {spec.group_name for spec in specs.values()} == GROUPS


def test_every_manifest_and_every_dataset_is_an_asset(specs):
    landing = {key.path[-1] for key in specs if key.path[0] == "landing"}
    assert landing == {*shipped_manifests(), *VENUE_OF_API, *VENDORS, "binance_archive"}
    assert {key.path[-1] for key in specs if key.path[0] == "raw"} == set(DATASETS)


def test_public_models_show_their_columns_and_their_page(specs):
    for key, spec in specs.items():
        if spec.group_name in {"core", "marts", "reporting", "quality"}:
            assert spec.metadata["dagster/column_schema"].columns, key
            page = spec.metadata["documentation"].path
            assert (PROJECT_ROOT / page).is_file(), f"{key.to_user_string()} points to {page}"


def test_one_graph_connects_landing_with_publishing(definitions):
    graph = definitions.resolve_asset_graph()
    upstream, pending = set(), [PUBLICATION_KEY]
    while pending:
        parents = graph.get(pending.pop()).parent_keys - upstream
        upstream |= parents
        pending += parents
    assert upstream == set(graph.get_all_asset_keys()) - {PUBLICATION_KEY}


def test_every_data_test_is_a_check_and_blocks_by_its_severity(definitions, ticked_home):
    nodes = load_manifest(Settings(home=ticked_home / "home"))["nodes"]
    tests = {uid: node for uid, node in nodes.items() if node["resource_type"] == "test"}
    [build] = [assets for assets in definitions.assets if BUILD_KEY in getattr(assets, "keys", ())]
    checks = {spec.metadata["dagster_dbt/unique_id"]: spec for spec in build.check_specs}
    assert tests.keys() - checks.keys() == set()
    blocking = {uid for uid, node in tests.items() if node["config"]["severity"].lower() == "error"}
    assert {uid for uid, spec in checks.items() if spec.blocking} == blocking


def test_the_raw_boundary_blocks(definitions):
    graph = definitions.resolve_asset_graph()
    for dataset in DATASETS:
        checks = {key.name: graph.get(key) for key in graph.get_check_keys_for_assets({AssetKey(["raw", dataset])})}
        assert checks["rows_are_as_declared"].blocking
        assert not checks["rows_are_plausible"].blocking


def test_all_writers_of_the_build_file_share_one_pool(definitions):
    pools = {node.name: node.definition.pool for node in definitions.resolve_job_def("tick").nodes}
    assert {name for name, pool in pools.items() if pool == WRITER_POOL} == PIPELINE
    assert {pool for name, pool in pools.items() if name not in PIPELINE} == {None}


def test_jobs_contain_the_steps_from_landing_to_publishing(definitions):
    steps = {
        name: {node.name for node in definitions.resolve_job_def(name).nodes}
        for name in ("tick", "files", "hourly", "daily", "backfill")
    }
    assert steps["hourly"] == {"published__oi_is_fresh"}
    assert steps["daily"] == steps["backfill"] == {"binance_archive", *PIPELINE}
    landing = steps["tick"] - PIPELINE - {"find_files"}
    assert landing
    assert all(name.startswith("land_") for name in landing)
    assert "find_files" in steps["tick"]
    # A run of files sends no request to a venue.
    assert steps["files"] == steps["tick"] - {"land_live"}
    assert "land_live" in steps["tick"]


def test_schedules_are_off_by_default(definitions):
    schedules = definitions.get_repository_def().schedule_defs
    assert {schedule.job_name for schedule in schedules} == {"tick", "hourly", "daily"}
    assert {schedule.default_status for schedule in schedules} == {DefaultScheduleStatus.STOPPED}


def test_the_sensor_of_alerts_is_off_by_default(definitions):
    (sensor,) = definitions.get_repository_def().sensor_defs
    assert (sensor.name, sensor.default_status) == ("alerts", DefaultSensorStatus.STOPPED)


def test_an_empty_home_is_enough_to_load_the_definitions(tmp_path):
    definitions = build_definitions(Settings(home=tmp_path / "home"))
    assert PUBLICATION_KEY in definitions.resolve_asset_graph().get_all_asset_keys()
    assert not (tmp_path / "home" / "published").exists()
